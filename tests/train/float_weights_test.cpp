#include "floatsd/train/float_weights.h"

#include <ATen/ATen.h>

#include <limits>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "serialize/torch_file.h"
#include "temporary_folder.h"
#include "train/match_names.h"
#include "train/named_tensors.h"
#include "train/network_spec_value.h"
#include "train/quantized_weights.h"

using namespace floatsd;
using serialize::Dict;

namespace {

nn::Graph lenet() {
  at::manual_seed(1);
  return train::make_graph({.architecture = models::make_architecture("lenet")});
}

Dict state_of(const nn::Graph& graph, const std::string& prefix = "") {
  Dict dict;
  for (const auto& [name, tensor] : graph.state()) {
    dict.add(prefix + name, tensor.detach());
  }
  return dict;
}

at::Tensor tensor_of(const nn::Graph& graph, const std::string& name) {
  for (const auto& [each, tensor] : graph.state()) {
    if (each == name) {
      return tensor;
    }
  }
  return {};
}

std::string refusal(nn::Graph& graph, const std::filesystem::path& path) {
  try {
    train::load_float_weights(graph, path);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("Float weights are found behind a prefix, and the origin says where", "[float_weights]") {
  const TemporaryFolder folder;
  const nn::Graph source = lenet();
  Dict file;
  file.add("epoch", 3);
  file.add("ema", state_of(lenet(), "module."));
  file.add("model", state_of(source, "_orig_mod."));
  serialize::save_torch_file(folder / "w.pt", file);
  at::manual_seed(99);
  nn::Graph graph = train::make_graph({.architecture = models::make_architecture("lenet")});
  const train::WeightsOrigin origin = train::load_float_weights(graph, folder / "w.pt");
  CHECK(at::equal(graph.parameters()[4], source.parameters()[4]));
  CHECK(origin.dict == "model");
  CHECK(origin.prefix == "_orig_mod.");
  CHECK(origin.others == std::vector<std::string>{"ema.module"});
  CHECK(train::load_float_weights(graph, folder / "w.pt", "ema").prefix == "module.");
  CHECK_THROWS_WITH(train::load_float_weights(graph, folder / "w.pt", "fc1"),
                    Catch::Contains("no weights under 'fc1', expected one of 'model._orig_mod', "));
}

TEST_CASE("Batch norms are found under the names of the architecture's nodes", "[float_weights]") {
  nn::Architecture net("own", {.channels = 1, .height = 6, .width = 6});
  net.add("conv1", nn::op::Conv2d{.out_channels = 3, .kernel = 3, .bias = false});
  net.add("bn1", nn::op::BatchNorm{});
  net.add("relu1", nn::op::Relu{});
  net.add("alone", nn::op::BatchNorm{});
  net.add("fc", nn::op::Linear{.out_features = 4});
  const nn::Graph source{net};  // a graph that is not fused has each node's tensors by its name
  const TemporaryFolder folder;
  serialize::save_torch_file(folder / "w.pt", state_of(source, "module."));
  nn::Graph graph = train::make_graph({.architecture = net});
  CHECK(train::load_float_weights(graph, folder / "w.pt").prefix == "module.");
  for (const auto& [ours, nodes] : {std::pair("conv1.norm.weight", "bn1.weight"),
                                    {"alone.norm.bias", "alone.bias"},
                                    {"conv1.norm.running_var", "bn1.running_var"},
                                    {"fc.bias", "fc.bias"}}) {
    INFO(ours);
    CHECK(at::equal(tensor_of(graph, ours), tensor_of(source, nodes)));
  }

  Dict without;
  for (const auto& [name, tensor] : source.state()) {
    if (name != "bn1.bias") {
      without.add(name, tensor.detach());
    }
  }
  serialize::save_torch_file(folder / "w.pt", without);
  CHECK_THAT(refusal(graph, folder / "w.pt"), Catch::Contains("missing: bn1.bias [3]"));
}

TEST_CASE("A name is freed of the wrappers in its middle, and keeps those at its beginning",
          "[float_weights]") {
  CHECK(train::unwrapped("layers._orig_mod.0.weight") == "layers.0.weight");
  CHECK(train::unwrapped("a.module._fsdp_wrapped_module.b.module.weight") == "a.b.weight");
  CHECK(train::unwrapped("module.a._orig_mod.weight") == "module.a._orig_mod.weight");
  CHECK(train::unwrapped("submodule.modules.weight") == "submodule.modules.weight");
  CHECK(train::unwrapped("").empty());
}

TEST_CASE("A tensor behind a wrapper of its layer is found, one without comes before it",
          "[float_weights]") {
  const serialize::Value value = at::zeros({1});
  const std::vector<train::NamedTensor> tensors = {{"net", "a._orig_mod.weight", &value},
                                                   {"net", "b.weight", &value},
                                                   {"net", "b.module.bias", &value}};
  const auto matches =
      train::match_names(tensors, {train::NameScheme{"a.weight", "b.weight", "b.module.bias"}});
  REQUIRE(matches.size() == 1);
  CHECK(matches[0].prefix == "net.");
  CHECK(matches[0].found.size() == 3);
}

TEST_CASE("A float weight that does not fit is named with both shapes", "[float_weights]") {
  const TemporaryFolder folder;
  nn::Graph graph = lenet();
  const auto path = folder / "plain.pt";
  const auto with = [&](const std::string& changed, const serialize::Value& value) {
    Dict dict = state_of(graph);
    for (auto& entry : dict.entries) {
      entry.value = entry.key == changed ? value : entry.value;
    }
    serialize::save_torch_file(path, dict);
    return refusal(graph, path);
  };
  const std::string where = path.string() + ": ";
  CHECK(with("fc1.weight", at::zeros({84, 400})) ==
        where + "fc1.weight: shape [84, 400], expected [84, 120]");
  CHECK(with("fc1.bias", at::full({84}, std::numeric_limits<float>::quiet_NaN())) ==
        where + "fc1.bias: a value that is not finite");
  CHECK(with("fc1.bias", at::full({84}, 1e300, at::kDouble)) ==
        where + "fc1.bias: a value that is not finite");
  CHECK(with("fc1.bias", at::zeros({84}, at::kLong)) ==
        where + "fc1.bias: elements of type Long, expected floats");
  CHECK(with("fc1.weight", "text")
            .starts_with(where + "1 of 10 tensors of lenet are missing: fc1.weight"));
}

TEST_CASE("A prefix that ends inside a word is no prefix", "[float_weights]") {
  const at::Tensor tensor = at::zeros({1});
  Dict dict;
  dict.add("myconv1.weight", tensor);
  dict.add("student_conv1.weight", tensor);
  const serialize::Value file = dict;
  const auto tensors = train::named_tensors(file, train::Slash::kDot);
  const auto matches = train::match_names(tensors, {{"conv1.weight"}});
  REQUIRE(matches.size() == 1);
  CHECK(matches[0].prefix == "student_");
}

TEST_CASE("Real values of a quantized tensor are scale times code less zero point",
          "[float_weights]") {
  const serialize::QuantizedTensor tensor{.codes = at::tensor({1, 2, 3, 4}, at::kByte).view({2, 2}),
                                          .scales = {0.5, 2},
                                          .zero_points = {1, 0},
                                          .axis = 0};
  CHECK(at::equal(train::real_values(tensor), at::tensor({0.0F, 0.5F, 6.0F, 8.0F}).view({2, 2})));
  CHECK(at::equal(train::real_bias(at::tensor({10, -4}, at::kInt), tensor, 0.25),
                  at::tensor({1.25F, -2.0F})));
}

TEST_CASE("A checkpoint carries its architecture, whatever the zoo knows", "[checkpoint]") {
  const TemporaryFolder folder;
  nn::Architecture own("own", {.channels = 2, .height = 9, .width = 7});
  own.set_normalization({0.1F, 0.2F}, {0.3F, 0.4F});
  const int conv = own.add_convolution("conv", {.out_channels = 4, .kernel = 3, .padding = 1},
                                       nn::Activation::kRelu);
  const int twin = own.add_convolution("twin", {.out_channels = 4}, nn::Activation::kNone);
  own.add("sum", nn::op::Add{}, {conv, twin});
  own.add("mean", nn::op::GlobalAveragePool{});
  own.add("fc", nn::op::Linear{3});
  own.class_names = {"a", "b", "c"};
  const train::NetworkSpec spec{.architecture = own};
  nn::Graph graph = train::make_graph(spec);
  train::save_checkpoint(train::make_checkpoint(spec, graph, quant::Pass::kTrainFloat),
                         folder / "c.pt");

  const train::Checkpoint checkpoint = train::load_checkpoint(folder / "c.pt");
  CHECK(nn::to_json(checkpoint.spec.architecture) == nn::to_json(own));
  nn::Graph restored = train::restore_graph(checkpoint);
  const at::Tensor images = at::randint(0, 256, {2, 2, 9, 7}).to(at::kByte);
  CHECK(at::equal(restored.forward(images, quant::Pass::kFloat),
                  graph.forward(images, quant::Pass::kFloat)));
  nn::Graph other = train::make_graph(spec);
  train::load_float_weights(other, folder / "c.pt");
  CHECK(at::equal(other.forward(images, quant::Pass::kFloat),
                  graph.forward(images, quant::Pass::kFloat)));
}

TEST_CASE("Weights of a layer whose name ends as a quantizer's does are read", "[checkpoint]") {
  const TemporaryFolder folder;
  nn::Architecture own("own", {.channels = 1, .height = 4, .width = 4});
  own.add_convolution("in_quantizer.c1", {.out_channels = 4, .kernel = 3}, nn::Activation::kRelu);
  own.add_convolution("weight_quantizer", {.out_channels = 4}, nn::Activation::kNone);
  own.add("mean", nn::op::GlobalAveragePool{});
  own.add("fc", nn::op::Linear{3});
  const train::NetworkSpec spec{.architecture = own};
  nn::Graph graph = train::make_graph(spec);
  train::save_checkpoint(train::make_checkpoint(spec, graph, quant::Pass::kTrainFloat),
                         folder / "c.pt");
  nn::Graph other = train::make_graph(spec);
  train::load_float_weights(other, folder / "c.pt");
  for (const auto& [name, tensor] : graph.state()) {
    INFO(name);
    CHECK(at::equal(tensor_of(other, name), tensor));
  }
}

TEST_CASE("A checkpoint from before architectures were values names one of the zoo",
          "[checkpoint]") {
  serialize::Dict about;
  about.add("network", "resnet20:width=0.5");
  about.add("weights", serialize::List{});
  about.add("weight_observer", "latest");
  about.add("activation_observer", "moving-average");
  const auto read = [&] {
    const serialize::Value value = about;
    return train::network_spec_from({value, "c.pt: floatsd"}).architecture;
  };
  CHECK(nn::to_json(read()) == nn::to_json(models::make_architecture("resnet20:width=0.5")));
  serialize::List mean;
  mean.items.emplace_back(0.5);
  about.add("mean", std::move(mean));
  about.add("std", serialize::List{});
  CHECK(read().input().mean == std::vector<float>{0.5F, 0.5F, 0.5F});
  CHECK(read().input().deviation == models::make_architecture("resnet20").input().deviation);
}

TEST_CASE("A checkpoint with a number that is none is refused", "[checkpoint]") {
  const TemporaryFolder folder;
  const nn::Graph graph = lenet();
  const auto write_with = [&](float value, const char* into) {
    train::Checkpoint checkpoint = train::make_checkpoint(
        {.architecture = models::make_architecture("lenet")}, graph, quant::Pass::kTrainFloat);
    Dict trainer;
    trainer.add("momentum", serialize::List{{at::full({2}, 0.0F)}});
    Dict weights = state_of(graph);
    if (std::string(into) == "trainer") {
      trainer.entries[0].value = serialize::List{{at::full({2}, value)}};
    } else {
      weights.entries[0].value =
          at::full_like(*weights.entries[0].value.get_if<at::Tensor>(), value);
    }
    checkpoint.weights = weights;
    checkpoint.trainer = trainer;
    train::save_checkpoint(checkpoint, folder / "c.pt");
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  write_with(nan, "weights");
  CHECK_THROWS_WITH(train::load_checkpoint(folder / "c.pt"),
                    Catch::Contains("conv1.weight: a value that is not a number"));
  write_with(nan, "trainer");
  CHECK_THROWS_WITH(train::load_checkpoint(folder / "c.pt"),
                    Catch::Contains("momentum: item 0: a value that is not a number"));
  write_with(std::numeric_limits<float>::infinity(), "weights");
  CHECK_THROWS_WITH(train::restore_graph(train::load_checkpoint(folder / "c.pt")),
                    Catch::Contains("conv1.weight: a value that is not finite"));
}
