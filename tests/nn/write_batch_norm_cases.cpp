// write_batch_norm_cases OUT: some layers with a batch norm in a quantized training step by batch
// statistics, with all that goes in and comes out, for batch_norm_test.py.

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <memory>
#include <string>

#include "by_hand.h"
#include "nn/batch_norm.h"
#include "serialize/torch_file.h"

using namespace floatsd;

namespace {

struct Case {
  nn::Conv2d::Options options;
  nn::Bias bias;
  nn::Activation activation;
  double gamma_scale;
};

serialize::Dict run(const Case& c) {
  nn::Conv2d conv(c.options, c.bias);
  const auto norm = std::make_shared<nn::BatchNorm2d>(c.options.out_channels);
  {
    const at::NoGradGuard no_grad;
    const at::Tensor channel = at::arange(c.options.out_channels);
    norm->weight.copy_((at::rand(channel.sizes()) + 0.5) * c.gamma_scale *
                       at::where(channel % 3 == 1, -1.0F, 1.0F));
    norm->bias.copy_(at::randn(channel.sizes()) * 0.3 * c.gamma_scale);
    norm->running_mean.copy_(at::randn(channel.sizes()) * 0.2);
    norm->running_var.copy_(at::rand(channel.sizes()) + 0.1);
  }
  conv.set_norm(norm);
  conv.activation = c.activation;
  fill_slots(conv, "int8:per-channel");
  ops::Signal input = random_codes({4, c.options.in_channels, 9, 8}, {0.015F, 120});
  input.codes.edge.requires_grad_();

  serialize::Dict record;
  record.add("stride", int64_t{c.options.stride.height});
  record.add("padding", int64_t{c.options.padding.top});
  record.add("groups", c.options.groups);
  record.add("relu", c.activation != nn::Activation::kNone);
  record.add("x", ops::real_values(input).detach());
  record.add("weight", conv.weight.detach());
  record.add("bias",
             conv.bias.defined() ? serialize::Value(conv.bias.detach()) : serialize::Value());
  record.add("gamma", norm->weight.detach());
  record.add("beta", norm->bias.detach());
  record.add("running_mean", norm->running_mean.clone());
  record.add("running_var", norm->running_var.clone());

  const ops::Signal output = conv.forward({input}, quant::Pass::kQuantize);
  const at::Tensor y = ops::real_values(output);
  const at::Tensor upstream = at::randn(y.sizes());
  y.backward(upstream);
  record.add("upstream", upstream);
  record.add("output_scale", double{output.qparams->scale});
  record.add("output_zero_point", output.qparams->zero_point);
  record.add("y", y.detach());
  record.add("running_mean_after", norm->running_mean);
  record.add("running_var_after", norm->running_var);
  record.add("x_gradient", input.codes.edge.grad() / input.qparams->scale);
  record.add("weight_gradient", conv.weight.grad());
  record.add("gamma_gradient", norm->weight.grad());
  record.add("beta_gradient", norm->bias.grad());
  return record;
}

}  // namespace

int main(int, char** argv) {
  at::manual_seed(12);
  serialize::Dict cases;
  cases.add(
      "pointwise, ReLU",
      run({{.in_channels = 6, .out_channels = 8}, nn::Bias::kNone, nn::Activation::kRelu, 1.0}));
  cases.add(
      "pointwise, linear",
      run({{.in_channels = 6, .out_channels = 8}, nn::Bias::kNone, nn::Activation::kNone, 1.0}));
  cases.add("depthwise, stride 2", run({{.in_channels = 6,
                                         .out_channels = 6,
                                         .kernel = 3,
                                         .stride = 2,
                                         .padding = 1,
                                         .groups = 6},
                                        nn::Bias::kNone,
                                        nn::Activation::kRelu,
                                        1.0}));
  cases.add("grouped, with a bias",
            run({{.in_channels = 4, .out_channels = 6, .kernel = 3, .padding = 1, .groups = 2},
                 nn::Bias::kLearned,
                 nn::Activation::kNone,
                 0.01}));
  serialize::save_torch_file(argv[1], std::move(cases));
}
