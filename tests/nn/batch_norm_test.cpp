#include "nn/batch_norm.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <memory>
#include <vector>

#include "by_hand.h"
#include "catch.h"
#include "ops/product.h"
#include "quant/quantizer.h"

using namespace floatsd;
using nn::BatchNorm2d;
using nn::Conv2d;
using ops::Signal;
using quant::Pass;

namespace {

/// A batch norm in the middle of a training: nothing is 0 or 1, every third gamma is negative.
std::shared_ptr<BatchNorm2d> lived_in(int64_t channels) {
  auto norm = std::make_shared<BatchNorm2d>(channels);
  const at::NoGradGuard no_grad;
  norm->weight.copy_((at::rand({channels}) + 0.5) *
                     at::where(at::arange(channels) % 3 == 1, -1.0F, 1.0F));
  norm->bias.copy_(at::randn({channels}) * 0.3);
  norm->running_mean.copy_(at::randn({channels}) * 0.2);
  norm->running_var.copy_(at::rand({channels}) + 0.2);
  return norm;
}

std::shared_ptr<BatchNorm2d> copy(const BatchNorm2d& norm) {
  auto copied = std::make_shared<BatchNorm2d>(norm.weight.size(0));
  const at::NoGradGuard no_grad;
  copied->weight.copy_(norm.weight);
  copied->bias.copy_(norm.bias);
  copied->running_mean.copy_(norm.running_mean);
  copied->running_var.copy_(norm.running_var);
  return copied;
}

/// The convolution's values before its norm, from the weights as they are quantized, in double.
at::Tensor unscaled_convolution(const Conv2d& conv, const Signal& input) {
  const auto codes = conv.weight_codes(input.qparams->scale);
  const at::Tensor scale = at::tensor(codes.scales).to(at::kDouble).reshape({-1, 1, 1, 1});
  const at::Tensor factor = conv.norm->fold_factor().to(at::kDouble).reshape({1, -1, 1, 1});
  const at::Tensor x = ops::code_values(input).to(at::kDouble) * input.qparams->scale;
  return ops::apply(conv.product(), x, codes.levels.to(at::kDouble) * scale) / factor;
}

}  // namespace

TEST_CASE("Four values are normalized, and the running statistics follow, as by hand",
          "[batch-norm]") {
  BatchNorm2d norm(1);
  const at::NoGradGuard no_grad;
  norm.weight.fill_(2.0F);
  norm.bias.fill_(1.0F);
  const Signal x{at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).reshape({2, 1, 1, 2}), std::nullopt};
  // Running statistics (0, 1) at first.
  const at::Tensor by_running = norm.forward({x}, quant::Pass::kFloat).values;
  CHECK(at::allclose(by_running.flatten(), at::tensor({3.0F, 5.0F, 7.0F, 9.0F}), 1e-4));
  CHECK(norm.running_mean.item<float>() == 0);
  // mean 2.5, variance 1.25, unbiased 5 / 3
  const at::Tensor by_batch = norm.forward({x}, quant::Pass::kTrainFloat).values;
  const double d = 2 / std::sqrt(1.25);
  CHECK(at::allclose(
      by_batch.flatten(),
      at::tensor({1 - 1.5 * d, 1 - 0.5 * d, 1 + 0.5 * d, 1 + 1.5 * d}).to(at::kFloat), 1e-4));
  CHECK(norm.running_mean.item<float>() == Approx(0.25));
  CHECK(norm.running_var.item<float>() == Approx(0.9 + 0.1 * 5 / 3));
  CHECK(norm.fold_factor().item<float>() == Approx(2 / std::sqrt(0.9 + 0.1 * 5 / 3 + 1e-5)));
}

TEST_CASE("A batch of one value a channel is normalized to the bias, and the variance stays finite",
          "[batch-norm]") {
  const auto norm = lived_in(3);
  const auto before = copy(*norm);
  const at::Tensor x = at::tensor({5.0F, -1.0F, 0.5F}).reshape({1, 3, 1, 1}).requires_grad_();
  const at::Tensor y = norm->forward({{x, std::nullopt}}, quant::Pass::kTrainFloat).values;
  CHECK(at::allclose(y.flatten(), norm->bias, 0, 1e-3));
  y.sum().backward();
  CHECK(x.grad().isfinite().all().item<bool>());
  CHECK(at::allclose(norm->running_mean, before->running_mean * 0.9 + x.detach().flatten() * 0.1));
  CHECK(at::allclose(norm->running_var, before->running_var * 0.9));
}

TEST_CASE("Running statistics follow given ones as they follow ATen's", "[batch-norm]") {
  at::manual_seed(1);
  const auto ours = lived_in(5);
  const auto theirs = copy(*ours);
  const at::Tensor x = at::randn({3, 5, 4, 2}) * 2 + 1;
  const at::NoGradGuard no_grad;
  theirs->forward({{x, std::nullopt}}, quant::Pass::kTrainFloat);
  const at::Tensor rows = x.to(at::kDouble).transpose(0, 1).flatten(1);
  const at::Tensor mean = rows.mean(1);
  const at::Tensor variance = rows.var(1, /*unbiased=*/false);
  ours->follow({mean.data_ptr<double>(), mean.data_ptr<double>() + 5},
               {variance.data_ptr<double>(), variance.data_ptr<double>() + 5}, 24);
  CHECK(at::allclose(ours->running_mean, theirs->running_mean, 1e-5, 1e-7));
  CHECK(at::allclose(ours->running_var, theirs->running_var, 1e-5, 1e-7));
}

TEST_CASE("A float layer with a batch norm in its slot computes what the nodes apart compute",
          "[batch-norm]") {
  at::manual_seed(2);
  for (const nn::Bias bias : {nn::Bias::kNone, nn::Bias::kLearned}) {
    for (const nn::Activation activation :
         {nn::Activation::kNone, nn::Activation::kRelu, nn::Activation::kRelu6}) {
      for (const Pass pass : {Pass::kTrainFloat, Pass::kFloat}) {
        Conv2d conv({.in_channels = 3, .out_channels = 4, .kernel = 3, .padding = 1}, bias);
        const auto norm = lived_in(4);
        const auto apart = copy(*norm);
        const Signal x{at::randn({2, 3, 6, 6}), std::nullopt};
        nn::ActivationBlock last(activation);
        const at::Tensor expected =
            last.forward({apart->forward({conv.forward({x}, pass)}, pass)}, pass).values;
        conv.set_norm(norm);
        conv.activation = activation;
        CHECK(at::allclose(conv.forward({x}, pass).values, expected, 1e-6, 1e-6));
        CHECK(at::equal(norm->running_mean, apart->running_mean));
        CHECK(at::equal(norm->running_var, apart->running_var));
      }
    }
  }
}

TEST_CASE("Folded weight and bias compute what convolution and batch norm compute",
          "[batch-norm]") {
  at::manual_seed(3);
  for (const nn::Bias bias : {nn::Bias::kNone, nn::Bias::kLearned}) {
    Conv2d conv(
        {.in_channels = 4, .out_channels = 6, .kernel = 3, .stride = 2, .padding = 1, .groups = 2},
        bias);
    conv.set_norm(lived_in(6));
    const at::Tensor x = at::randn({2, 4, 9, 9});
    const at::Tensor folded = at::conv2d(x, conv.folded_weight(), conv.folded_bias(), 2, 1, 1, 2);
    CHECK(at::allclose(conv.forward({{x, std::nullopt}}, quant::Pass::kFloat).values, folded, 1e-4,
                       1e-5));
  }
}

TEST_CASE("A frozen layer with a batch norm computes every code as integers by hand do",
          "[batch-norm]") {
  at::manual_seed(4);
  struct Case {
    Conv2d::Options options;
    int pool;
    nn::Activation activation;
    const char* scheme;
    QParams input;
  };
  const std::vector<Case> cases = {
      {{.in_channels = 3, .out_channels = 5, .kernel = 3, .padding = 1},
       1,
       nn::Activation::kRelu,
       "floatsd4:per-channel",
       {0.02F, 113}},
      {{.in_channels = 6, .out_channels = 6, .kernel = 3, .stride = 2, .padding = 1, .groups = 6},
       1,
       nn::Activation::kRelu6,
       "floatsd4:per-tensor",
       {0.05F, 0}},
      {{.in_channels = 6, .out_channels = 4, .kernel = 1},
       1,
       nn::Activation::kNone,
       "int8:per-channel",
       {0.03F, 0}},
      {{.in_channels = 2, .out_channels = 4, .kernel = 3},
       2,
       nn::Activation::kRelu,
       "int4:per-channel",
       {0.1F, 7}}};
  for (const Case& c : cases) {
    INFO(c.scheme);
    Conv2d conv(c.options, nn::Bias::kNone);
    conv.set_norm(lived_in(c.options.out_channels));
    conv.pool = c.pool;
    conv.activation = c.activation;
    fill_slots(conv, c.scheme);
    const Signal input = random_codes({2, c.options.in_channels, 8, 7}, c.input);
    const at::NoGradGuard no_grad;
    const Signal trained = conv.forward({input}, Pass::kBatchNormFrozen);
    const Signal frozen = conv.forward({input}, Pass::kInteger);
    CHECK(at::equal(trained.codes.bytes, frozen.codes.bytes));  // this batch moved the ranges last

    // Weight, bias and requantization from their definitions.
    const at::Tensor factor = conv.norm->weight / at::sqrt(conv.norm->running_var + 1e-5);
    const at::Tensor weight = conv.weight * factor.reshape({-1, 1, 1, 1});
    const at::Tensor bias = conv.norm->bias - factor * conv.norm->running_mean;
    const std::vector<float> scales = conv.weight_quantizer->scales();
    const Codebook& codebook = *conv.weight_quantizer->scheme().codebook;
    at::Tensor levels = at::empty(weight.sizes());
    for (int64_t o = 0; o < weight.size(0); ++o) {
      const at::Tensor from = weight[o].contiguous().flatten();
      const at::Tensor to = levels[o].flatten();
      for (int64_t i = 0; i < from.numel(); ++i) {
        to.data_ptr<float>()[i] = static_cast<float>(
            nearest_level(codebook, from.data_ptr<float>()[i], scales[scales.size() == 1 ? 0 : o]));
      }
    }
    CHECK(at::equal(conv.weight_codes(c.input.scale).levels, levels));
    Requantize requantize =
        choose_requantize({bias.data_ptr<float>(), static_cast<size_t>(bias.numel())},
                          c.input.scale, scales, conv.output_quantizer->qparams());
    requantize.relu = c.activation != nn::Activation::kNone;
    CHECK(at::equal(ops::code_values(frozen), by_hand(conv, input, levels, requantize)));
    CHECK(std::get<0>(at::_unique(frozen.codes.bytes)).numel() > 25);
    if (c.activation == nn::Activation::kRelu6) {
      CHECK(ops::real_values(frozen).max().item<float>() <= 6.001F);
    }
  }
}

TEST_CASE("Batch statistics normalize the convolution of the unscaled quantized weights",
          "[batch-norm]") {
  at::manual_seed(5);
  for (const nn::Bias bias : {nn::Bias::kNone, nn::Bias::kLearned}) {
    for (const int pool : {1, 2}) {
      for (const bool relu : {false, true}) {
        Conv2d conv({.in_channels = 4, .out_channels = 6, .kernel = 3, .padding = 1, .groups = 2},
                    bias);
        conv.set_norm(lived_in(6));
        conv.pool = pool;
        conv.activation = relu ? nn::Activation::kRelu : nn::Activation::kNone;
        fill_slots(conv, "int8:per-channel");
        const Signal input = random_codes({3, 4, 6, 6}, {0.02F, 90});
        const at::NoGradGuard no_grad;
        conv.weight_quantizer->observe(conv.folded_weight());  // so that weight_codes() stand
        at::Tensor z = unscaled_convolution(conv, input);
        if (bias == nn::Bias::kLearned) {
          z = z + conv.bias.reshape({1, -1, 1, 1});
        }
        const auto before = copy(*conv.norm);
        const Signal y = conv.forward({input}, Pass::kQuantize);

        const at::Tensor mean = at::zeros({6}, at::kDouble);
        const at::Tensor variance = at::ones({6}, at::kDouble);
        at::Tensor real =
            at::batch_norm(z, before->weight.to(at::kDouble), before->bias.to(at::kDouble), mean,
                           variance, /*training=*/true, /*momentum=*/1.0, 1e-5, false);
        real = relu ? at::relu(real) : real;
        real = pool == 1 ? real : at::max_pool2d(real, pool);
        const at::Tensor exact = real / y.qparams->scale;
        CHECK((ops::code_values(y) - exact).abs().max().item<double>() <=
              0.501);  // rounded, not clamped
        const auto follows = [](const at::Tensor& now, const at::Tensor& was, const at::Tensor& b) {
          return at::allclose(now.to(at::kDouble), was.to(at::kDouble) * 0.9 + b * 0.1, 1e-5, 1e-6);
        };
        CHECK(follows(conv.norm->running_mean, before->running_mean, mean));
        CHECK(follows(conv.norm->running_var, before->running_var, variance));
      }
    }
  }
}

TEST_CASE("Statistics and ranges stand in a frozen pass", "[batch-norm]") {
  at::manual_seed(6);
  Conv2d conv({.in_channels = 3, .out_channels = 4, .kernel = 3}, nn::Bias::kNone);
  conv.set_norm(lived_in(4));
  fill_slots(conv, "floatsd4:per-channel");
  const auto was = copy(*conv.norm);
  conv.forward({random_codes({2, 3, 6, 6}, {0.02F, 3})}, Pass::kBatchNormFrozen);
  const QParams range = conv.output_quantizer->qparams();
  conv.forward({random_codes({2, 3, 6, 6}, {0.9F, 200})}, Pass::kInteger);
  CHECK(at::equal(conv.norm->running_mean, was->running_mean));
  CHECK(at::equal(conv.norm->running_var, was->running_var));
  CHECK(conv.output_quantizer->qparams() == range);
}

TEST_CASE("Gradients of folded weight and bias equal finite differences", "[batch-norm]") {
  at::manual_seed(7);
  Conv2d conv({.in_channels = 2, .out_channels = 3, .kernel = 2}, nn::Bias::kLearned);
  conv.set_norm(lived_in(3));
  const at::Tensor for_weight = at::randn({3, 2, 2, 2});
  const at::Tensor for_bias = at::randn({3});
  const auto loss = [&] {
    return (conv.folded_weight() * for_weight).sum() + (conv.folded_bias() * for_bias).sum();
  };
  loss().backward();
  for (const at::Tensor& leaf : {conv.weight, conv.bias, conv.norm->weight, conv.norm->bias}) {
    const at::Tensor gradient = leaf.grad().contiguous().flatten();
    const at::NoGradGuard no_grad;
    for (int64_t i = 0; i < leaf.numel(); ++i) {
      const at::Tensor step = at::zeros({leaf.numel()});
      step[i] = 0.25;  // the loss is linear in each leaf: any step will do
      const at::Tensor way = step.reshape(leaf.sizes());
      leaf.add_(way);
      const double above = loss().item<double>();
      leaf.sub_(2 * way);
      const double below = loss().item<double>();
      leaf.add_(way);
      CHECK(gradient[i].item<double>() == Approx((above - below) / 0.5).margin(1e-4));
    }
  }
}

TEST_CASE("A layer learns through its gradients, by batch and by running statistics",
          "[batch-norm]") {
  for (const nn::Pass pass : {Pass::kQuantize, Pass::kBatchNormFrozen}) {
    at::manual_seed(8);
    Conv2d conv({.in_channels = 3, .out_channels = 4, .kernel = 3, .padding = 1}, nn::Bias::kNone);
    conv.set_norm(lived_in(4));
    fill_slots(conv, "floatsd4:per-channel", quant::RangeMethod::kMovingAverage);
    const Signal input = random_codes({4, 3, 6, 6}, {0.02F, 100});
    // What another layer of the same kind makes of the input.
    const at::Tensor other = at::randn({4, 3, 3, 3}) * 0.3;
    const at::Tensor target = at::batch_norm(at::conv2d(ops::real_values(input), other, {}, 1, 1),
                                             {}, {}, {}, {}, true, 0, 1e-5, false);
    std::vector<at::Tensor> leaves = {conv.weight, conv.norm->weight, conv.norm->bias};
    double first = 0;
    double last = 0;
    for (int step = 0; step < 200; ++step) {
      const at::Tensor loss =
          (ops::real_values(conv.forward({input}, pass)) - target).square().mean();
      last = loss.item<double>();
      first = step == 0 ? last : first;
      loss.backward();
      const at::NoGradGuard no_grad;
      for (at::Tensor& leaf : leaves) {
        leaf.sub_(0.1 * leaf.grad());
        leaf.mutable_grad().reset();
      }
    }
    INFO("loss " << first << " to " << last);
    CHECK(last < 0.1 * first);
  }
}
