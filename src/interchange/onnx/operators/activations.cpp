#include <cstdio>
#include <limits>
#include <string>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

constexpr float kInfinite = std::numeric_limits<float>::infinity();
constexpr float kLargest = std::numeric_limits<float>::max();

/// Zeros around the input stay zeros.
Activation activated(const Site& site, Activation x, nn::Operator op) {
  const Padding padding = x.padding;
  x.padding = 0;
  const int input = site.network.settled(x);
  x.node = site.network.add(site.name(), std::move(op), {input});
  x.padding = padding;
  x.has_one_reader = true;
  return x;
}

/// A bound of Clip: since opset 11 an input, before an attribute.
float bound(const Site& site, const char* attribute, size_t input, float missing) {
  if (site.opset < 11) {
    return real_of(site.node, attribute, missing);
  }
  const Tensor* constant = site.optional_constant(input);
  if (constant == nullptr) {
    return missing;
  }
  need(constant->count() == 1, "one number as input " + std::to_string(input + 1));
  return floats(*constant).front();
}

std::string text(float number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%g", static_cast<double>(number));
  return digits;
}

Activation clipped(const Site& site, const Activation& x, float least, float most) {
  if (most >= kLargest && least <= -kLargest) {
    return x;
  }
  const bool begins_at_0 = least == 0 || (least < 0 && site.network.is_never_negative(x.node));
  need(begins_at_0 && (most == 6 || most >= kLargest),
       "bounds 0 and 6 (relu6) or 0 and infinity (relu), found " + text(least) + " and " +
           text(most));
  return most == 6 ? activated(site, x, nn::op::Relu6{}) : activated(site, x, nn::op::Relu{});
}

/// Min and Max of an activation and one number.
float other_number(const Site& site, size_t activation) {
  need(site.node.inputs.size() == 2, "two inputs");
  const Tensor& number = site.constant(1 - activation);
  need(number.count() == 1, "one number beside the activation");
  return floats(number).front();
}

}  // namespace

Activation translate_relu(const Site& site) {
  return activated(site, site.activation(0), nn::op::Relu{});
}

Activation translate_clip(const Site& site) {
  return clipped(site, site.activation(0), bound(site, "min", 1, -kInfinite),
                 bound(site, "max", 2, kInfinite));
}

Activation translate_max(const Site& site) {
  const size_t at = site.is_constant(0) ? 1 : 0;
  const float number = other_number(site, at);
  return clipped(site, site.activation(at), number, kInfinite);
}

Activation translate_min(const Site& site) {
  const size_t at = site.is_constant(0) ? 1 : 0;
  const float number = other_number(site, at);
  return clipped(site, site.activation(at), -kInfinite, number);
}

}  // namespace floatsd::interchange::onnx
