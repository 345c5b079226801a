#pragma once
// The attributes of each operator: name, value, and the range it may lie in. They are checked,
// written and read by what stands here.

#include "floatsd/core/activation_shape.h"
#include "floatsd/nn/operators.h"

namespace floatsd::nn {

/// Calls visit(name, value, least, most) for each number and visit(name, value) for everything else
/// of an operator, const or not.
template <typename Op, typename Visit>
void visit_attributes(Op& /*op*/, const Visit& /*visit*/) {}

template <typename Op, typename Visit>
  requires std::is_same_v<std::remove_const_t<Op>, op::Conv2d>
void visit_attributes(Op& conv, const Visit& visit) {
  visit("out_channels", conv.out_channels, 1, kLargestSize);
  visit("kernel", conv.kernel);  // windows are checked by core/activation_shape.h
  visit("stride", conv.stride);
  visit("padding", conv.padding);
  visit("dilation", conv.dilation);
  visit("groups", conv.groups, 1, kLargestSize);
  visit("bias", conv.bias);
}

template <typename Op, typename Visit>
  requires std::is_same_v<std::remove_const_t<Op>, op::Linear>
void visit_attributes(Op& linear, const Visit& visit) {
  visit("out_features", linear.out_features, 1, kMostChannels);
}

template <typename Op, typename Visit>
  requires std::is_same_v<std::remove_const_t<Op>, op::MaxPool>
void visit_attributes(Op& pool, const Visit& visit) {
  visit("window", pool.window);
  visit("stride", pool.stride);
  visit("padding", pool.padding);
  visit("dilation", pool.dilation);
  visit("ceil_mode", pool.ceil_mode);
}

template <typename Op, typename Visit>
  requires std::is_same_v<std::remove_const_t<Op>, op::AveragePool>
void visit_attributes(Op& pool, const Visit& visit) {
  visit("window", pool.window);
  visit("stride", pool.stride);
  visit("padding", pool.padding);
  visit("ceil_mode", pool.ceil_mode);
  visit("count_include_pad", pool.count_include_pad);
}

template <typename Op, typename Visit>
  requires std::is_same_v<std::remove_const_t<Op>, op::Flatten>
void visit_attributes(Op& flatten, const Visit& visit) {
  visit("order", flatten.order);
}

template <typename Op, typename Visit>
  requires std::is_same_v<std::remove_const_t<Op>, op::Downsample>
void visit_attributes(Op& downsample, const Visit& visit) {
  visit("stride", downsample.stride, 1, kLargestSize);
  visit("channels_before", downsample.channels_before, 0, kLargestSize);
  visit("channels_after", downsample.channels_after, 0, kLargestSize);
}

}  // namespace floatsd::nn
