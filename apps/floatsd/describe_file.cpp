#include "describe_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "check/baseline.h"
#include "core/counted.h"
#include "core/npy_header.h"
#include "describe_page.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/architecture_json.h"
#include "printable.h"
#include "shape_text.h"
#include "toml_file.h"

namespace floatsd::app {
namespace {

using nlohmann::json;
using serialize::FileKind;

/// What stands behind `begin`, up to any of `ends`; "" if it is not there.
std::string between(std::string_view text, std::string_view begin, std::string_view ends) {
  const size_t at = text.find(begin);
  if (at == std::string_view::npos) {
    return "";
  }
  text.remove_prefix(at + begin.size());
  return printable(text.substr(0, text.find_first_of(ends)));
}

json parse(std::string_view text, const std::string& path) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    throw Error(path + ": is damaged, expected a JSON object");
  }
  return parsed;
}

std::string describe_architecture(const std::string& text, const std::string& path) {
  const nn::Architecture network = nn::architecture_from_json(text, path);
  const nn::InputSpec& input = network.input();
  return "an architecture, " + printable(network.name()) + ": images " +
         shape_text({input.channels, input.height, input.width}) + ", " +
         counted(network.classes(), "output") + ", " + counted(std::ssize(network.nodes()), "node");
}

std::string describe_config(const std::string& text, const std::string& path) {
  const std::vector<TomlEntry> entries = parse_toml(text, path);
  std::string result = "a config: " + counted(std::ssize(entries), "key");
  for (const TomlEntry& entry : entries) {
    if ((entry.key == "network" || entry.key == "dataset") && !entry.values.empty()) {
      result += ", " + entry.key + " " + printable(entry.values.front().text);
    }
  }
  return result;
}

std::string describe_metrics(const std::string& text) {
  const int64_t epochs = std::count(text.begin(), text.end(), '\n');
  const size_t last = text.rfind("{\"epoch\":");
  const json line = json::parse(text.substr(last), nullptr, /*allow_exceptions=*/false);
  const std::string right = line.is_object() && line.contains("correct")
                                ? ", the last with " + line["correct"].dump() + " right"
                                : "";
  return "the metrics of a training: " + counted(epochs, "epoch") + right;
}

std::string describe_vectors(const std::string& text, const std::string& path) {
  const json index = parse(text, path);
  const auto size = [&](const char* key) {
    return index.contains(key) ? std::ssize(index[key]) : 0;
  };
  return "golden vectors: " + counted(size("layers"), "layer") +
         ", images: " + (index.contains("images") ? index["images"].dump() : "none");
}

std::string describe_sweep(const std::string& text, const std::string& path) {
  const json sweep = parse(text, path);
  return "the results of a sweep: " + counted(std::ssize(sweep.at("runs")), "run");
}

std::string describe_baseline(const std::string& text, const std::string& path) {
  const check::Baseline baseline = check::parse_baseline(text, path);
  return "a baseline of floatsd check: " + counted(std::ssize(baseline.expectations), "measure") +
         " of a network that is " + to_string(baseline.kind) + ", on " +
         counted(baseline.images.count, "image") + " of " + printable(baseline.images.dataset);
}

std::string describe_junit(std::string_view bytes) {
  const auto counted_at = [&](const std::string& noun) {
    const std::string count = between(bytes, noun + "s=\"", "\"");
    return count + " " + noun + (count == "1" ? "" : "s");
  };
  return "JUnit's XML: " + counted_at("test") + ", " + counted_at("failure");
}

/// Nothing of another program's.
std::optional<std::string> describe_onnx(std::string_view bytes) {
  constexpr size_t kProducerEnds = 32;
  const auto has = [&](std::string_view what) {
    return bytes.find(what) != std::string_view::npos;
  };
  if (bytes.substr(0, kProducerEnds).find("floatsd") == std::string_view::npos) {
    return std::nullopt;
  }
  if (!has("Quant") && !has("ConvInteger") && !has("MatMulInteger")) {
    return "an ONNX model that floatsd wrote, of a float network";
  }
  const char* style = has("qonnx.custom_op") ? "qonnx" : has("QuantizeLinear") ? "qdq" : "integer";
  return std::string("an ONNX model that floatsd wrote, in the style ") + style;
}

std::optional<std::string> describe_array(std::string_view bytes) {
  try {
    const NpyHeader header = parse_npy_header(bytes);
    return "a NumPy array: " + printable(header.type) + " " + shape_text(header.shape);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> describe_file(const serialize::WantedFile& file,
                                         const std::string& path) {
  const std::string& bytes = file.bytes;
  switch (file.kind) {
    case FileKind::kArchitecture:
      return describe_architecture(bytes, path);
    case FileKind::kConfig:
      return describe_config(bytes, path);
    case FileKind::kMetrics:
      return describe_metrics(bytes);
    case FileKind::kSweep:
      return describe_sweep(bytes, path);
    case FileKind::kVectors:
      return describe_vectors(bytes, path);
    case FileKind::kHexLines:
      return "numbers in hex, one a line, for $readmemh: " +
             std::to_string(std::count(bytes.begin(), bytes.end(), '\n'));
    case FileKind::kCSource:
      return "C of an integer network that floatsd wrote: " + between(bytes, "/* ", ",\n");
    case FileKind::kSvg:
      return "a picture in SVG: " + between(bytes, "font-size=\"15\">", "<");
    case FileKind::kEvents:
      return "events of a training, for TensorBoard: " + std::to_string(bytes.size()) + " bytes";
    case FileKind::kBaseline:
      return describe_baseline(bytes, path);
    case FileKind::kJunit:
      return describe_junit(bytes);
    case FileKind::kOnnx:
      return describe_onnx(bytes);
    case FileKind::kNpy:
      return describe_array(bytes);
    case FileKind::kHtml:
      return describe_page(bytes);
    case FileKind::kText:
      return describe_text(bytes);
    case FileKind::kImage:
      return describe_picture(bytes);
    default:
      return std::nullopt;
  }
}

}  // namespace floatsd::app
