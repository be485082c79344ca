#pragma once
// The files of page/, compiled in (CMakeLists.txt).

#include <string_view>

namespace interleave {

extern const std::string_view kPageHtml, kPageStyle, kPageScript;

}  // namespace interleave
