#include "sim/objects/kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace interleave {
namespace {

using Json = nlohmann::json;

OperationWords ReadOperation(const std::string& name, const Json& json) {
  OperationWords words;
  words.does = json.value("does", name + " {value}");
  words.fails = json.value("fails", std::string{});
  words.joins = json.value("joins", std::string("of"));
  words.imperative = json.value("imperative", name + " {value}");
  words.changed_by = json.value("changed_by", fmt::format("last `{}` by", name));
  words.reads = json.value("reads", name);
  words.blocks = json.value("blocks", fmt::format("`{}`", name));
  words.woken = json.value("woken", std::string{});
  words.unwoken = json.value("unwoken", std::string{});
  words.holders = json.value("holders", std::string{});
  words.leads_to = json.value("leads_to", std::string{});
  words.as = json.value("as", std::string{});
  words.held = json.value("held", std::string{});
  words.refused = json.value("refused", std::string{});
  words.is_towards = json.value("towards", true);
  return words;
}

KindWords ReadWords(const std::string& text) {
  KindWords words;
  if (text.empty()) return words;
  const Json json = Json::parse(text);
  if (const auto operations = json.find("operations"); operations != json.end()) {
    for (const auto& [name, operation] : operations->items()) {
      words.operations.emplace(name, ReadOperation(name, operation));
    }
  }
  if (const auto commutes = json.find("commutes"); commutes != json.end()) {
    words.first = commutes->value("first", std::vector<std::string>{});
    words.second = commutes->value("second", std::vector<std::string>{});
    words.counts = commutes->value("counts", std::string{});
    words.commutes_if = commutes->value("if", std::string{});
  }
  if (const auto picture = json.find("picture"); picture != json.end()) {
    words.shows = picture->value("shows", words.shows);
    words.list = picture->value("list", std::string{});
    words.number = picture->value("number", std::string{});
    words.set = picture->value("set", std::string{});
    words.length = picture->value("length", std::string{});
  }
  words.limit = json.value("limit", std::string{});
  words.article = json.value("article", words.article);
  words.is_part = json.value("part", false);
  words.starts = json.value("starts", std::string{});
  words.spellings = json.value("spellings", words.spellings);
  words.advice = json.value("advice", std::string{});
  return words;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

const OperationWords* KindSource::WordsOf(std::string_view operation) const {
  const auto found = words.operations.find(std::string(operation));
  return found == words.operations.end() ? nullptr : &found->second;
}

std::string KindSource::Heading() const {
  const std::string begin = "object " + name;
  const std::size_t at = model.find(begin);
  const std::size_t brace = model.find('{', at);
  if (at == std::string::npos || brace == std::string::npos) return name;
  std::string heading = model.substr(at + 7, brace - at - 7);
  while (!heading.empty() && heading.back() == ' ') heading.pop_back();
  return heading;
}

const KindLibrary& KindLibrary::Default() {
  static const std::unique_ptr<const KindLibrary> kLibrary = [] {
    auto library = std::make_unique<KindLibrary>();
    for (const auto& [name, files] : CompiledInKinds()) library->Add(name, files);
    if (const char* folder = std::getenv("INTERLEAVE_OBJECTS")) library->AddFolders(folder);
    return library;
  }();
  return *kLibrary;
}

void KindLibrary::Add(const std::string& name, const std::map<std::string, std::string>& files) {
  const auto text = [&](const char* file) {
    const auto found = files.find(file);
    return found == files.end() ? std::string() : found->second;
  };
  auto kind = std::make_unique<KindSource>();
  kind->name = name;
  kind->model = text("model.scn");
  try {
    kind->words_text = text("words.json");
    kind->words = ReadWords(kind->words_text);
  } catch (const Json::exception& error) {
    throw std::runtime_error(fmt::format("{}/words.json: {}", name, error.what()));
  }
  kind->operations = OperationNames(kind->model);
  kind->functions = FunctionNames(kind->model, 1);
  kind->generic = text("functions.scn");
  kind->generic_functions = FunctionNames(kind->generic, 0);
  for (const auto& [file, content] : files) {
    if (!file.ends_with(".h.scn")) continue;
    const std::string header = file.substr(0, file.size() - 4);
    kind->headers[header] = content;
    kind->names_of_header[header] = ReadDeclaredNames(content);
  }
  kind->real = text("real.c");
  if (!kind->real.empty()) kind->forms = ReadRealForms(name, kind->model, kind->real);
  kinds_.insert_or_assign(name, std::move(kind));
}

void KindLibrary::AddFolders(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> kinds;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (std::filesystem::exists(at->path() / "model.scn")) kinds.push_back(at->path());
  }
  if (error) throw std::runtime_error(folder.string() + ": cannot be read: " + error.message());
  std::sort(kinds.begin(), kinds.end());  // so that of several mistakes the same one is told
  for (const std::filesystem::path& kind : kinds) {
    std::map<std::string, std::string> files;
    for (const char* name : {"model.scn", "words.json", "real.c", "functions.scn"}) {
      const std::filesystem::path file = kind / name;
      if (std::filesystem::exists(file)) files[name] = ReadFile(file);
    }
    for (std::filesystem::directory_iterator at(kind, error), end; !error && at != end;
         at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (name.ends_with(".h.scn")) files[name] = ReadFile(at->path());
    }
    Add(kind.filename().string(), files);
  }
}

const KindSource* KindLibrary::Find(std::string_view name) const {
  const auto found = kinds_.find(name);
  return found == kinds_.end() || found->second->model.empty() ? nullptr : found->second.get();
}

std::string KindLibrary::FunctionsWith(std::string_view function) const {
  for (const auto& [name, kind] : kinds_) {
    const auto& names = kind->generic_functions;
    if (std::find(names.begin(), names.end(), function) != names.end()) return kind->generic;
  }
  return {};
}

std::vector<const KindSource*> KindLibrary::AllWithFunction(std::string_view function) const {
  std::vector<const KindSource*> kinds;
  for (const auto& [name, kind] : kinds_) {
    const auto& names = kind->functions;
    if (kind->words.spellings.contains(function) ||
        std::find(names.begin(), names.end(), function) != names.end()) {
      kinds.push_back(kind.get());
    }
  }
  return kinds;
}

std::string KindLibrary::HeaderWith(std::string_view name) const {
  for (const auto& [kind_name, kind] : kinds_) {
    for (const auto& [header, names] : kind->names_of_header) {
      if (header.starts_with("program_")) continue;  // for programs in C alone
      if (std::find(names.all.begin(), names.all.end(), name) != names.all.end()) return header;
    }
  }
  return {};
}

}  // namespace interleave
