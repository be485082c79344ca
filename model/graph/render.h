#pragma once
// DOT to pictures, by Graphviz's `dot`, found in $PATH when it is needed.
//
// Tested by tests/render_test.cc.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace interleave {

enum class ImageFormat : uint8_t { kSvg, kPng, kPdf };

struct RenderOptions {
  double time_limit_seconds = 120;               // 0: none
  const std::atomic<bool>* interrupt = nullptr;  // set: rendering is given up
};

// Either a picture or what went wrong, in one line.
struct RenderedImage {
  std::string bytes;
  std::string error;  // empty: it worked

  bool ok() const { return error.empty(); }
};

// Runs `dot`; a graph with an attribute `layout` is laid out by the engine it names. The same text
// gives the same bytes, with one version of Graphviz and its fonts: the date in a PDF is set to
// the start of 1970.
RenderedImage RenderDot(std::string_view dot, ImageFormat format,
                        const RenderOptions& options = {});

}  // namespace interleave
