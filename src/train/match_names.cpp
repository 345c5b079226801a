#include "train/match_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>
#include <tuple>

namespace floatsd::train {
namespace {

using namespace std::string_view_literals;

bool ends_a_part(char c) { return c == '.' || c == '_' || c == ':'; }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// 0 for the weights themselves, 1 for an average of them, 2 for what an optimizer keeps.
int rank(const Match& match) {
  const std::string prefix = lower(match.prefix);
  if (prefix.find("optim") != std::string::npos) {
    return 2;
  }
  constexpr std::array kAverages = {"ema"sv,      "swa"sv,      "avg"sv,    "average"sv,
                                    "averaged"sv, "averages"sv, "shadow"sv, "teacher"sv};
  std::string part;
  for (const char c : prefix + '.') {
    if (!ends_a_part(c)) {
      part += c;
      continue;
    }
    if (std::find(kAverages.begin(), kAverages.end(), part) != kAverages.end()) {
      return 1;
    }
    part.clear();
  }
  return 0;
}

/// What torch.compile, data parallelism and checkpoints of activations put into names.
bool is_wrapper(std::string_view part) {
  constexpr std::array kWrappers = {"module"sv,
                                    "_orig_mod"sv,
                                    "_fsdp_wrapped_module"sv,
                                    "_fpw_module"sv,
                                    "_checkpoint_wrapped_module"sv,
                                    "_forward_module"sv};
  return std::find(kWrappers.begin(), kWrappers.end(), part) != kWrappers.end();
}

}  // namespace

std::string unwrapped(const std::string& name) {
  std::string result;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('.', begin), name.size());
    const std::string_view part = std::string_view(name).substr(begin, end - begin);
    if (begin == 0 && is_wrapper(part)) {
      return name;
    }
    if (!is_wrapper(part)) {
      result.append(begin == 0 ? "" : ".").append(part);
    }
    begin = end + 1;
  }
  return result;
}

std::string Match::label() const {
  return prefix.empty() ? "." : prefix.substr(0, prefix.size() - (prefix.back() == '.' ? 1 : 0));
}

std::vector<Match> match_names(const std::vector<NamedTensor>& tensors,
                               const std::vector<NameScheme>& schemes) {
  constexpr size_t kMostWrapping = 200;  // letters of wrappers in one name
  size_t longest = 0;
  std::unordered_map<std::string, std::vector<size_t>> schemes_of;  // by name
  for (size_t scheme = 0; scheme < schemes.size(); ++scheme) {
    for (const std::string& name : schemes[scheme]) {
      schemes_of[name].push_back(scheme);
      longest = std::max(longest, name.size() + kMostWrapping);
    }
  }
  std::vector<Match> matches;
  std::map<std::pair<std::string, size_t>, size_t> index_of;  // by prefix and scheme
  for (const NamedTensor& tensor : tensors) {
    const std::string path = tensor.path();
    for (size_t at = path.size() > longest ? path.size() - longest : 0; at < path.size(); ++at) {
      if (at > 0 && !ends_a_part(path[at - 1])) {
        continue;
      }
      std::string name = path.substr(at);
      auto known = schemes_of.find(name);
      if (known == schemes_of.end()) {
        name = unwrapped(name);
        known = schemes_of.find(name);
      }
      if (known == schemes_of.end()) {
        continue;
      }
      for (const size_t scheme : known->second) {
        const std::string prefix = path.substr(0, at);
        const auto [entry, is_new] = index_of.try_emplace({prefix, scheme}, matches.size());
        if (is_new) {
          matches.push_back({.prefix = prefix, .scheme = scheme, .found = {}});
        }
        matches[entry->second].found.emplace(name, &tensor);
      }
    }
  }
  std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    return std::tuple(b.found.size(), rank(a)) < std::tuple(a.found.size(), rank(b));
  });
  return matches;
}

bool is_meant(const Match& match, const std::string& key) {
  const std::string label = match.label();
  const bool begins = label.starts_with(key) && (label.size() == key.size() || key.ends_with('.') ||
                                                 label[key.size()] == '.');
  return begins || label.ends_with("." + key);
}

}  // namespace floatsd::train
