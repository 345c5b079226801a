#include "inspect_tensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <vector>

#include "emit/tensor_report.h"
#include "exit_code.h"
#include "floatsd/core/error.h"
#include "histogram_lines.h"
#include "printable.h"
#include "shape_text.h"

namespace floatsd::app {
namespace {

using emit::TensorReport;
using nlohmann::ordered_json;

/// "0.003", or "0.003..0.0056 (32)".
template <typename T>
std::string range_text(const std::vector<T>& values, const char* pattern) {
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  char text[96];
  std::snprintf(text, sizeof text, pattern, *smallest);
  std::string result = text;
  if (*smallest != *largest) {
    std::snprintf(text, sizeof text, pattern, *largest);
    result += std::string("..") + text;
  }
  return result;
}

void print_tensor(const TensorReport& tensor) {
  std::printf("%s  %s %s", printable(tensor.name).c_str(), tensor.type.c_str(),
              shape_text(tensor.shape).c_str());
  if (tensor.is_quantized()) {
    std::printf("  %s, scale %s, zero point %s",
                tensor.axis ? ("per channel of axis " + std::to_string(*tensor.axis)).c_str()
                            : "per tensor",
                range_text(tensor.scales, "%.6g").c_str(),
                range_text(tensor.zero_points, "%" PRId64).c_str());
  }
  if (tensor.values.numel() > 0) {
    const auto text = [&](double value) {  // of integers all digits
      char digits[32];
      std::snprintf(digits, sizeof digits, tensor.values.is_floating_point() ? "%.6g" : "%.0f",
                    value);
      return std::string(digits);
    };
    const bool is_one = tensor.values.numel() == 1;
    std::printf("  %s%s", text(tensor.smallest).c_str(),
                is_one ? "" : (".." + text(tensor.largest)).c_str());
  }
  if (tensor.not_finite > 0) {
    std::printf("  not finite: %lld", static_cast<long long>(tensor.not_finite));
  }
  std::printf("\n");
  if (tensor.is_quantized()) {
    print_histogram(tensor.histogram);
  }
}

std::string value_text(const at::Tensor& flat, int64_t index) {
  char text[32];
  if (flat.is_floating_point()) {
    std::snprintf(text, sizeof text, "%12.6g", flat[index].item<double>());
  } else {
    std::snprintf(text, sizeof text, " %4lld", static_cast<long long>(flat[index].item<int64_t>()));
  }
  return text;
}

/// A line for each row of the last axis, its place before it.
void print_values(const TensorReport& tensor) {
  const at::Tensor flat = (tensor.values.is_floating_point() ? tensor.values.to(at::kDouble)
                                                             : tensor.values.to(at::kLong))
                              .reshape({-1});
  const int64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
  const std::vector<int64_t> outer(tensor.shape.begin(),
                                   tensor.shape.end() - (tensor.shape.empty() ? 0 : 1));
  for (int64_t begin = 0; row > 0 && begin < flat.numel(); begin += row) {
    std::printf("    %s", outer.empty() ? "" : emit::place_text(outer, begin / row).c_str());
    for (int64_t i = begin; i < begin + row; ++i) {
      std::printf("%s", value_text(flat, i).c_str());
    }
    std::printf("\n");
  }
}

ordered_json to_json(const TensorReport& tensor, bool with_values) {
  ordered_json json{{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}};
  if (tensor.is_quantized()) {
    json.update({{"scales", tensor.scales}, {"zero_points", tensor.zero_points}});
    if (tensor.axis) {
      json["axis"] = *tensor.axis;
    }
    ordered_json histogram = ordered_json::object();
    for (const auto& [value, count] : tensor.histogram) {
      histogram[std::to_string(value)] = count;
    }
    json["histogram"] = histogram;
  }
  json.update({{"smallest", tensor.smallest},
               {"largest", tensor.largest},
               {"not_finite", tensor.not_finite}});
  if (with_values) {
    const at::Tensor values = tensor.values.to(at::kDouble).contiguous();
    const auto* value = values.const_data_ptr<double>();
    json["values"] = std::vector<double>(value, value + values.numel());
  }
  return json;
}

/// Whether the tensor is the layer's: "conv2.weight" of "conv2", with whatever stands before it.
bool belongs_to(const TensorReport& tensor, const std::string& layer) {
  const std::string name = "." + tensor.name + ".";
  return name.find("." + layer + ".") != std::string::npos;
}

/// Throws Unmet at the first thing wrong.
void check_values(const std::vector<TensorReport>& tensors, const std::string& path,
                  const std::string& format) {
  for (const TensorReport& tensor : tensors) {
    if (tensor.not_finite > 0) {
      throw Unmet(path + ": " + tensor.name +
                  emit::place_text(tensor.shape, tensor.first_not_finite) +
                  " is not finite, one of " + std::to_string(tensor.not_finite) + " such values");
    }
  }
  if (format.empty()) {
    return;
  }
  const Codebook& codebook = find_codebook(format);
  bool has_quantized = false;
  for (const TensorReport& tensor : tensors) {
    if (tensor.is_quantized()) {
      has_quantized = true;
      if (const auto violation = emit::find_violation(tensor, codebook)) {
        throw Unmet(path + ": " + *violation + ", which is no level of " + format);
      }
    }
  }
  if (!has_quantized) {
    throw Error(path + ": has no quantized tensor that could be of format " + format);
  }
}

}  // namespace

void inspect_tensors(const serialize::Value& file, const std::string& kind, const std::string& path,
                     const TensorQuestions& questions, const SharedFlags& shared) {
  const std::vector<TensorReport> tensors = emit::report(file);
  if (!questions.format.empty()) {
    static_cast<void>(find_codebook(questions.format));  // refused before anything is printed
  }
  const auto is_shown = [&](const TensorReport& tensor) {
    return questions.layer.empty() || belongs_to(tensor, questions.layer);
  };
  if (tensors.empty() || std::none_of(tensors.begin(), tensors.end(), is_shown)) {
    throw Error(
        path + ": has no tensors " +
        (questions.layer.empty() ? "that are read" : "of a layer '" + questions.layer + "'"));
  }
  const bool with_values = !questions.layer.empty();
  ordered_json object;
  int64_t elements = 0;
  int64_t quantized = 0;
  for (const TensorReport& tensor : tensors) {
    elements += tensor.values.numel();
    quantized += tensor.is_quantized() ? tensor.values.numel() : 0;
    if (!is_shown(tensor)) {
      continue;
    }
    if (shared.json) {
      object["tensors"].push_back(to_json(tensor, with_values));
    } else {
      print_tensor(tensor);
      if (with_values) {
        print_values(tensor);
      }
    }
  }
  object["elements"] = elements;
  object["quantized"] = quantized;
  if (shared.json) {
    print_json(shared, object);
  } else {
    std::printf("%s: %s, %zu tensors, %lld elements, of which %lld are quantized\n",
                printable(path).c_str(), kind.c_str(), tensors.size(),
                static_cast<long long>(elements), static_cast<long long>(quantized));
  }
  check_values(tensors, path, questions.format);
}

}  // namespace floatsd::app
