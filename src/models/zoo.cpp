#include "floatsd/models/zoo.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/names.h"
#include "floatsd/core/error.h"
#include "floatsd/models/network_options.h"
#include "models/lenet.h"
#include "models/mobilenet_v2.h"
#include "models/resnet20.h"

namespace floatsd::models {
namespace {

constexpr double kLargestWidth = 16;

struct Entry {
  std::string name;
  nn::Architecture (*make)(std::string_view full_name, const NetworkOptions& options);
  std::vector<PublishedPrefix> (*published)();
};

nn::Architecture make_lenet(std::string_view full_name, const NetworkOptions& options) {
  if (full_name != "lenet" || options.width != 1 || options.activation != nn::Activation::kRelu) {
    throw Error("network '" + std::string(full_name) + "': lenet has no options");
  }
  return lenet(full_name, options);
}

nn::Architecture make_mobilenet_v2(std::string_view full_name, const NetworkOptions& options) {
  return mobilenet_v2(full_name, Residual::kIdentity, options);
}

nn::Architecture make_mobilenet_v2_shortcut(std::string_view full_name,
                                            const NetworkOptions& options) {
  return mobilenet_v2(full_name, Residual::kShortcut, options);
}

std::vector<PublishedPrefix> own_names() { return {}; }

const std::vector<Entry>& entries() {
  static const std::vector<Entry> kEntries = {
      {"lenet", make_lenet, own_names},
      {"mobilenetv2", make_mobilenet_v2, own_names},
      {"mobilenetv2-shortcut", make_mobilenet_v2_shortcut, mobilenet_v2_published_prefixes},
      {"resnet20", resnet20, resnet20_published_prefixes}};
  return kEntries;
}

const Entry& find_network(std::string_view name) { return find_entry("network", name, entries()); }

void apply_option(std::string_view text, NetworkOptions& options) {
  constexpr std::string_view kWidth = "width=";
  if (text == "relu6") {
    options.activation = nn::Activation::kRelu6;
    return;
  }
  const std::string_view value = text.starts_with(kWidth) ? text.substr(kWidth.size()) : "";
  double width = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), width);
  if (failure != std::errc() || end != value.data() + value.size() ||
      !(width > 0 && width <= kLargestWidth)) {
    throw Error("network option '" + std::string(text) +
                "', expected relu6 or width=W, 0 < W <= 16");
  }
  options.width = width;
}

}  // namespace

int64_t scaled_channels(int64_t channels, double width) {
  constexpr int64_t kMultiple = 8;
  const double scaled = static_cast<double>(channels) * width;
  const auto rounded = static_cast<int64_t>(scaled + 0.5 * kMultiple) / kMultiple * kMultiple;
  const int64_t result = std::max(kMultiple, rounded);
  return static_cast<double>(result) < 0.9 * scaled ? result + kMultiple : result;
}

nn::Architecture make_architecture(std::string_view name, NetworkOptions options) {
  const Entry& entry = find_network(name.substr(0, name.find(':')));
  for (std::string_view rest = name; rest.find(':') != std::string_view::npos;) {
    rest.remove_prefix(rest.find(':') + 1);
    apply_option(rest.substr(0, rest.find(':')), options);
  }
  if (!(options.width > 0 && options.width <= kLargestWidth)) {
    throw Error("network '" + std::string(name) + "': width " + std::to_string(options.width) +
                ", expected 0 < width <= 16");
  }
  return entry.make(name, options);
}

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) {
    names.push_back(entry.name);
  }
  return names;
}

std::string published_name(std::string_view network, const std::string& ours) {
  const std::string_view base = network.substr(0, network.find(':'));
  const auto entry = std::find_if(entries().begin(), entries().end(),
                                  [&](const Entry& known) { return known.name == base; });
  if (entry == entries().end()) {
    return ours;
  }
  const std::vector<PublishedPrefix> prefixes = entry->published();
  const PublishedPrefix* best = nullptr;
  for (const PublishedPrefix& prefix : prefixes) {
    if (ours.starts_with(prefix.ours + ".") &&
        (best == nullptr || prefix.ours.size() > best->ours.size())) {
      best = &prefix;
    }
  }
  return best == nullptr ? ours : best->theirs + ours.substr(best->ours.size());
}

}  // namespace floatsd::models
