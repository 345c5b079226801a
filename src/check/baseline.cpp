#include "check/baseline.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "core/json.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"

namespace floatsd::check {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr const char* kVersionKey = "floatsd_baseline";
constexpr double kLargestWhole = 0x1p53;

using Keys = std::initializer_list<const char*>;

bool has(Keys keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Throws Error unless it is an object with all of `required`, and no others but `optional`.
void check_keys(const json& object, const std::string& where, Keys required, Keys optional = {}) {
  if (!object.is_object()) {
    throw Error(where + ": " + shortened(object) + ", expected an object");
  }
  for (const auto& entry : object.items()) {
    if (!has(required, entry.key()) && !has(optional, entry.key())) {
      throw Error(where + ": unknown key '" + entry.key() + "'");
    }
  }
  for (const char* key : required) {
    require(object.contains(key), where + ": no key '" + key + "'");
  }
}

std::string text_at(const json& object, const std::string& where, const char* key) {
  const json& text = object.at(key);
  if (!text.is_string()) {
    throw Error(where + ": " + key + " is " + shortened(text) + ", expected a text");
  }
  return text.get<std::string>();
}

std::string checksum(const json& value, const std::string& where) {
  constexpr size_t kDigits = 64;
  const std::string digits = value.is_string() ? value.get<std::string>() : "";
  if (digits.size() != kDigits ||
      digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw Error(where + " is " + shortened(value) + ", expected the 64 digits of a SHA-256");
  }
  return digits;
}

NetworkKind read_kind(const json& object, const std::string& where) {
  const std::string text = text_at(object, where, "network");
  for (const NetworkKind kind : {NetworkKind::kInteger, NetworkKind::kFloat}) {
    if (text == to_string(kind)) {
      return kind;
    }
  }
  throw Error(where + ": network is '" + text + "', expected 'integer' or 'float'");
}

Images read_images(const json& object, const std::string& where) {
  check_keys(object, where, {"dataset", "count", "sha256"}, {"resize"});
  Images images{.dataset = text_at(object, where, "dataset"),
                .count = named(where, [&] { return integer_at<int64_t>(object, "count"); }),
                .sha256 = checksum(object.at("sha256"), where + ": sha256"),
                .resize = object.contains("resize") ? text_at(object, where, "resize") : ""};
  require(images.count >= 1,
          where + ": count is " + std::to_string(images.count) + ", expected at least 1");
  return images;
}

double read_value(const json& value, const Quantity& quantity, const std::string& where) {
  const double number = value.is_number() ? value.get<double>() : -1;
  const bool is_whole = quantity.number != Number::kWhole || value.is_number_integer();
  const double most = quantity.number == Number::kPercentage ? 100 : kLargestWhole;
  if (!is_whole || !(number >= 0 && number <= most)) {
    throw Error(where + ": value is " + shortened(value) + ", expected a " +
                (quantity.number == Number::kWhole        ? "whole number from 0 on"
                 : quantity.number == Number::kPercentage ? "number from 0 to 100"
                                                          : "number from 0 on"));
  }
  return number;
}

/// Of "20 %"; negative of any other text.
double percentage(const std::string& text) {
  double amount = -1;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const std::string_view unit(rest, text.data() + text.size());
  return error == std::errc() && (unit == " %" || unit == "%") ? amount : -1;
}

Tolerance read_tolerance(const json& value, const std::string& where) {
  Tolerance tolerance{.amount = -1};
  if (value.is_number()) {
    tolerance.amount = value.get<double>();
  } else if (value.is_string()) {
    tolerance = {percentage(value.get<std::string>()), Tolerance::Unit::kPercent};
  }
  if (!(tolerance.amount >= 0 && std::isfinite(tolerance.amount))) {
    throw Error(where + ": tolerance is " + shortened(value) +
                ", expected a number from 0 on, or a share of the value as \"5 %\"");
  }
  return tolerance;
}

Expectation read_expectation(const json& object, const Quantity& quantity, const std::string& layer,
                             const std::string& where) {
  check_keys(object, where, {"value", "tolerance"});
  return {.measure = {quantity.name, layer, read_value(object.at("value"), quantity, where)},
          .tolerance = read_tolerance(object.at("tolerance"), where)};
}

/// Whether a network of that kind has it.
bool is_of(const Quantity& quantity, NetworkKind kind) {
  return quantity.of == Of::kEveryNetwork || kind == NetworkKind::kInteger;
}

void refuse_unknown_measures(const json& measures, NetworkKind kind, const std::string& where) {
  for (const auto& entry : measures.items()) {
    const bool is_known =
        std::any_of(quantities().begin(), quantities().end(), [&](const Quantity& quantity) {
          return entry.key() == quantity.name && is_of(quantity, kind);
        });
    require(is_known,
            where + ": unknown key '" + entry.key() + "' for a network that is " + to_string(kind));
  }
}

std::vector<Expectation> read_measures(const json& measures, NetworkKind kind,
                                       const std::string& where) {
  if (!measures.is_object()) {
    throw Error(where + ": " + shortened(measures) + ", expected an object");
  }
  refuse_unknown_measures(measures, kind, where);
  std::vector<Expectation> read;
  for (const Quantity& quantity : quantities()) {
    const std::string inside = where + ": " + quantity.name;
    if (!is_of(quantity, kind) || (quantity.is_optional && !measures.contains(quantity.name))) {
      continue;
    }
    require(measures.contains(quantity.name), where + ": no key '" + quantity.name + "'");
    const json& value = measures.at(quantity.name);
    if (!quantity.is_by_layer) {
      read.push_back(read_expectation(value, quantity, "", inside));
      continue;
    }
    require(value.is_object(), inside + ": " + shortened(value) + ", expected an object");
    for (const auto& layer : value.items()) {
      read.push_back(
          read_expectation(layer.value(), quantity, layer.key(), inside + ": " + layer.key()));
    }
  }
  return read;
}

Fingerprint read_exact(const json& object, const std::string& where) {
  check_keys(object, where, {"sha256", "libtorch", "cpu_capability", "layers"});
  Fingerprint exact{.sha256 = checksum(object.at("sha256"), where + ": sha256"),
                    .layers = {},
                    .libtorch = text_at(object, where, "libtorch"),
                    .cpu_capability = text_at(object, where, "cpu_capability")};
  const json& layers = object.at("layers");
  require(layers.is_object(), where + ": layers is " + shortened(layers) + ", expected an object");
  for (const auto& layer : layers.items()) {
    exact.layers.push_back(
        {layer.key(), checksum(layer.value(), where + ": layers: " + layer.key())});
  }
  return exact;
}

ordered_json number(const Quantity& quantity, double value) {
  if (quantity.number == Number::kWhole) {
    return static_cast<int64_t>(value);
  }
  return value;
}

ordered_json json_of(const Tolerance& tolerance) {
  if (tolerance.unit == Tolerance::Unit::kPercent) {
    return to_string(tolerance);
  }
  const bool is_whole =
      tolerance.amount == std::floor(tolerance.amount) && tolerance.amount <= kLargestWhole;
  return is_whole ? ordered_json(static_cast<int64_t>(tolerance.amount))
                  : ordered_json(tolerance.amount);
}

/// An object, an entry a line.
class Lines {
 public:
  explicit Lines(int depth) : indent_(static_cast<size_t>(2 * depth), ' ') {}

  void add(const std::string& key, const std::string& value) {
    text_ +=
        (text_.empty() ? "{\n" : ",\n") + indent_ + "  " + ordered_json(key).dump() + ": " + value;
  }
  void add(const std::string& key, const ordered_json& value) {
    std::string line = value.dump();
    if (value.is_object()) {  // with spaces, as a person would write it
      line.clear();
      for (const auto& entry : value.items()) {
        line += (line.empty() ? "{" : ", ") + ordered_json(entry.key()).dump() + ": " +
                entry.value().dump();
      }
      line += "}";
    }
    add(key, line);
  }
  [[nodiscard]] std::string text() const {
    return text_.empty() ? "{}" : text_ + "\n" + indent_ + "}";
  }

 private:
  std::string indent_, text_;
};

ordered_json json_of(const Expectation& expectation) {
  const Quantity& quantity = find_quantity(expectation.measure.name);
  return {{"value", number(quantity, expectation.measure.value)},
          {"tolerance", json_of(expectation.tolerance)}};
}

std::string measures_text(const Baseline& baseline) {
  Lines measures(1);
  for (const Quantity& quantity : quantities()) {
    Lines layers(2);
    bool is_there = quantity.is_by_layer && is_of(quantity, baseline.kind);
    for (const Expectation& expectation : baseline.expectations) {
      if (expectation.measure.name == quantity.name && quantity.is_by_layer) {
        layers.add(expectation.measure.layer, json_of(expectation));
      } else if (expectation.measure.name == quantity.name) {
        measures.add(quantity.name, json_of(expectation));
      }
    }
    if (is_there) {
      measures.add(quantity.name, layers.text());
    }
  }
  return measures.text();
}

std::string exact_text(const Fingerprint& exact) {
  Lines layers(2);
  for (const Fingerprint::Layer& layer : exact.layers) {
    layers.add(layer.name, ordered_json(layer.sha256));
  }
  Lines lines(1);
  lines.add("sha256", ordered_json(exact.sha256));
  lines.add("libtorch", ordered_json(exact.libtorch));
  lines.add("cpu_capability", ordered_json(exact.cpu_capability));
  lines.add("layers", layers.text());
  return lines.text();
}

ordered_json json_of(const Images& images) {
  ordered_json object{
      {"dataset", images.dataset}, {"count", images.count}, {"sha256", images.sha256}};
  if (!images.resize.empty()) {
    object["resize"] = images.resize;
  }
  return object;
}

}  // namespace

const char* to_string(NetworkKind kind) {
  return kind == NetworkKind::kInteger ? "integer" : "float";
}

const Expectation* Baseline::find(const std::string& name, const std::string& layer) const {
  const auto found =
      std::find_if(expectations.begin(), expectations.end(), [&](const Expectation& expectation) {
        return expectation.measure.name == name && expectation.measure.layer == layer;
      });
  return found == expectations.end() ? nullptr : &*found;
}

Baseline parse_baseline(std::string_view text, const std::string& where) {
  const json file = named(where, [&] { return parse_json(text, "its JSON"); });
  require(file.is_object() && file.contains(kVersionKey),
          where + ": no key '" + kVersionKey + "': is no baseline of `floatsd check`");
  require(file.at(kVersionKey) == kVersion, where + ": " + kVersionKey + " is " +
                                                shortened(file.at(kVersionKey)) + ", expected " +
                                                std::to_string(kVersion));
  check_keys(file, where, {kVersionKey, "network", "images", "measures"}, {"exact"});
  Baseline baseline{.kind = read_kind(file, where),
                    .images = read_images(file.at("images"), where + ": images"),
                    .expectations = {},
                    .exact = {}};
  baseline.expectations = read_measures(file.at("measures"), baseline.kind, where + ": measures");
  if (file.contains("exact")) {
    baseline.exact = read_exact(file.at("exact"), where + ": exact");
  }
  return baseline;
}

std::string to_json(const Baseline& baseline) {
  Lines file(0);
  file.add(kVersionKey, ordered_json(kVersion));
  file.add("network", ordered_json(to_string(baseline.kind)));
  file.add("images", json_of(baseline.images));
  file.add("measures", measures_text(baseline));
  if (baseline.exact) {
    file.add("exact", exact_text(*baseline.exact));
  }
  return file.text() + "\n";
}

Baseline updated(const std::optional<Baseline>& before, const Facts& facts, const Images& images,
                 const std::optional<Fingerprint>& exact) {
  Baseline after{.kind = facts.kind, .images = images, .expectations = {}, .exact = exact};
  for (const Measure& measure : facts.measures) {
    const Expectation* same = before ? before->find(measure.name, measure.layer) : nullptr;
    after.expectations.push_back(
        {measure, same != nullptr ? same->tolerance : find_quantity(measure.name).tolerance});
  }
  for (const Quantity& quantity : quantities()) {
    const Expectation* kept =
        before && quantity.is_optional ? before->find(quantity.name, "") : nullptr;
    if (kept != nullptr && is_of(quantity, facts.kind) && !after.find(quantity.name, "")) {
      after.expectations.push_back(*kept);
    }
  }
  return after;
}

}  // namespace floatsd::check
