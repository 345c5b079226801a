#include "emit/tensor_report.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "floatsd/core/error.h"

namespace floatsd::emit {
namespace {

using serialize::Dict;
using serialize::List;
using serialize::QuantizedTensor;
using serialize::Tuple;
using serialize::Value;

constexpr int64_t kMostDistinct = 1 << 16;  // integers of more values have no histogram

std::string type_name(at::ScalarType type, bool is_quantized) {
  switch (type) {
    case at::kDouble:
      return "float64";
    case at::kFloat:
      return "float32";
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    case at::kLong:
      return "int64";
    case at::kInt:
      return is_quantized ? "qint32" : "int32";
    case at::kShort:
      return "int16";
    case at::kChar:
      return is_quantized ? "qint8" : "int8";
    case at::kByte:
      return is_quantized ? "quint8" : "uint8";
    case at::kBool:
      return "bool";
    default:
      throw Error(std::string("element type ") + at::toString(type) + " is not one that is read");
  }
}

void measure_floats(TensorReport& report) {
  const at::Tensor values = report.values.to(at::kDouble).contiguous();
  const auto* value = values.const_data_ptr<double>();
  bool is_first = true;
  for (int64_t i = 0; i < values.numel(); ++i) {
    if (!std::isfinite(value[i])) {
      report.first_not_finite = report.not_finite++ == 0 ? i : report.first_not_finite;
      continue;
    }
    report.smallest = is_first ? value[i] : std::min(report.smallest, value[i]);
    report.largest = is_first ? value[i] : std::max(report.largest, value[i]);
    is_first = false;
  }
}

void measure_integers(TensorReport& report) {
  const at::Tensor values = report.values.to(at::kLong).contiguous();
  const auto* value = values.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < values.numel(); ++i) {
    const auto number = static_cast<double>(value[i]);
    report.smallest = i == 0 ? number : std::min(report.smallest, number);
    report.largest = i == 0 ? number : std::max(report.largest, number);
    if (std::ssize(report.histogram) <= kMostDistinct) {
      ++report.histogram[value[i]];
    }
  }
  if (std::ssize(report.histogram) > kMostDistinct) {
    report.histogram.clear();
  }
}

TensorReport describe(std::string name, const at::Tensor& tensor, bool is_quantized) {
  TensorReport report{.name = std::move(name),
                      .type = type_name(tensor.scalar_type(), is_quantized),
                      .shape = tensor.sizes().vec(),
                      .values = tensor.contiguous()};
  if (tensor.is_floating_point()) {
    measure_floats(report);
  } else {
    measure_integers(report);
  }
  return report;
}

class Collector {
 public:
  std::vector<TensorReport> collect(const Value& file) {
    visit(file, "");
    return std::move(reports_);
  }

 private:
  void visit(const Value& value, const std::string& name) {
    if (const auto* tensor = value.get_if<at::Tensor>()) {
      reports_.push_back(describe(name, *tensor, /*is_quantized=*/false));
    } else if (const auto* quantized = value.get_if<QuantizedTensor>()) {
      reports_.push_back(describe(name, quantized->codes, /*is_quantized=*/true));
      reports_.back().scales = quantized->scales;
      reports_.back().zero_points = quantized->zero_points;
      reports_.back().axis = quantized->axis;
    } else if (const auto* dict = value.get_if<Dict>()) {
      for (const auto& [key, entry] : dict->entries) {
        visit(entry, name.empty() ? key : name + "." + key);
      }
    } else if (const auto* list = value.get_if<List>()) {
      visit(list->items, name);
    } else if (const auto* tuple = value.get_if<Tuple>()) {
      visit(tuple->items, name);
    }
  }

  void visit(const std::vector<Value>& items, const std::string& name) {
    for (size_t i = 0; i < items.size(); ++i) {
      visit(items[i], name + "[" + std::to_string(i) + "]");
    }
  }

  std::vector<TensorReport> reports_;
};

}  // namespace

std::vector<TensorReport> report(const Value& file) { return Collector().collect(file); }

std::optional<std::string> find_violation(const TensorReport& tensor, const Codebook& codebook) {
  const at::Tensor codes = tensor.values.to(at::kLong).contiguous();
  const auto* code = codes.const_data_ptr<int64_t>();
  int64_t inner = 1;  // elements of one index along the axis
  int64_t channels = 1;
  if (tensor.axis) {
    const auto axis = static_cast<size_t>(*tensor.axis);
    channels = tensor.shape[axis];
    for (size_t i = axis + 1; i < tensor.shape.size(); ++i) {
      inner *= tensor.shape[i];
    }
  }
  for (int64_t i = 0; i < codes.numel(); ++i) {
    const auto channel = static_cast<size_t>(i / inner % channels);
    const int64_t level = code[i] - tensor.zero_points[channel];
    const bool in_range = level >= -codebook.max_level() && level <= codebook.max_level();
    if (!in_range || !contains(codebook, static_cast<int>(level))) {
      return tensor.name + place_text(tensor.shape, i) + " is " + std::to_string(level);
    }
  }
  return std::nullopt;
}

std::string place_text(const std::vector<int64_t>& shape, int64_t index) {
  std::string text = "]";
  for (size_t i = shape.size(); i-- > 0;) {
    text = (i == 0 ? "" : ", ") + std::to_string(index % shape[i]) + text;
    index /= shape[i];
  }
  return "[" + text;
}

}  // namespace floatsd::emit
