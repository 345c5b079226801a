#include "nn/make_block.h"

#include "nn/batch_norm.h"
#include "nn/join.h"
#include "nn/layer.h"
#include "nn/pool.h"
#include "nn/rearrange.h"

namespace floatsd::nn {
namespace {

using BlockPtr = std::shared_ptr<Block>;

BlockPtr make(const op::Conv2d& conv, const ActivationShape& in) {
  return std::make_shared<Conv2d>(Conv2d::Options{.in_channels = in.channels,
                                                  .out_channels = conv.out_channels,
                                                  .kernel = conv.kernel,
                                                  .stride = conv.stride,
                                                  .padding = conv.padding,
                                                  .dilation = conv.dilation,
                                                  .groups = conv.groups},
                                  conv.bias ? Bias::kLearned : Bias::kNone);
}

BlockPtr make(const op::Linear& linear, const ActivationShape& in) {
  return std::make_shared<Linear>(in.size(), linear.out_features);
}

BlockPtr make(const op::BatchNorm& /*norm*/, const ActivationShape& in) {
  return std::make_shared<BatchNorm2d>(in.channels);
}

BlockPtr make(const op::Relu& /*relu*/, const ActivationShape& /*in*/) {
  return std::make_shared<ActivationBlock>(Activation::kRelu);
}

BlockPtr make(const op::Relu6& /*relu*/, const ActivationShape& /*in*/) {
  return std::make_shared<ActivationBlock>(Activation::kRelu6);
}

BlockPtr make(const op::MaxPool& pool, const ActivationShape& /*in*/) {
  return std::make_shared<MaxPool2d>(pool.moves());
}

BlockPtr make(const op::AveragePool& pool, const ActivationShape& /*in*/) {
  return std::make_shared<AveragePool2d>(
      pool.moves(), pool.count_include_pad ? PaddingCounts::kYes : PaddingCounts::kNo);
}

BlockPtr make(const op::Concat& /*concat*/, const ActivationShape& /*in*/) {
  return std::make_shared<Concat>();
}

BlockPtr make(const op::Flatten& flatten, const ActivationShape& /*in*/) {
  return std::make_shared<Flatten>(flatten.order);
}

BlockPtr make(const op::GlobalAveragePool& /*pool*/, const ActivationShape& /*in*/) {
  return std::make_shared<GlobalAveragePool>();
}

BlockPtr make(const op::Add& /*add*/, const ActivationShape& /*in*/) {
  return std::make_shared<Add>();
}

BlockPtr make(const op::Downsample& downsample, const ActivationShape& /*in*/) {
  return std::make_shared<Downsample>(
      Downsample::Options{.stride = downsample.stride,
                          .channels_before = downsample.channels_before,
                          .channels_after = downsample.channels_after});
}

}  // namespace

std::shared_ptr<Block> make_block(const Operator& op, const ActivationShape& input) {
  return std::visit([&](const auto& body) { return make(body, input); }, op);
}

}  // namespace floatsd::nn
