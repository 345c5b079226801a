#include "floatsd/emit/pytorch_state_dict.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "catch.h"
#include "floatsd/core/codebook.h"
#include "floatsd/serialize/field.h"
#include "lenet_like.h"
#include "serialize/torch_file.h"
#include "temporary_folder.h"

using namespace floatsd;
using serialize::Field;

TEST_CASE("A convolution becomes weight, bias, scale and zero point", "[pytorch_state_dict]") {
  const TemporaryFolder folder;
  const runtime::Program program = lenet_like();
  emit::write_pytorch_state_dict(program, folder / "model.pt");
  const serialize::Value value = serialize::load_torch_file(folder / "model.pt");
  const Field file(value, "model.pt");
  const auto& conv = std::get<runtime::Conv2d>(program.ops[1].body);

  const auto& weight = file["conv2.weight"].quantized();
  CHECK(weight.codes.equal(at::tensor(conv.weights.levels, at::kChar).view({6, 4, 5, 5})));
  CHECK(weight.scales ==
        std::vector<double>(conv.weights.scales.begin(), conv.weights.scales.end()));
  CHECK(weight.zero_points == std::vector<int64_t>(6, 0));
  CHECK(weight.axis == 0);
  CHECK(file["conv2.bias"].tensor().equal(at::tensor(conv.requantize.bias, at::kInt)));
  CHECK(file["conv2.scale"].tensor().equal(at::scalar_tensor(0.3F, at::kFloat)));
  CHECK(file["conv2.zero_point"].tensor().equal(at::scalar_tensor(7, at::kInt)));
}

TEST_CASE("A linear layer becomes packed parameters", "[pytorch_state_dict]") {
  const TemporaryFolder folder;
  const runtime::Program program = lenet_like();
  emit::write_pytorch_state_dict(program, folder / "model.pt");
  const serialize::Value value = serialize::load_torch_file(folder / "model.pt");
  const Field file(value, "model.pt");
  const auto& linear = std::get<runtime::Linear>(program.ops[4].body);

  CHECK(file["fc2._packed_params.dtype"].dtype() == at::kQInt8);
  const Field packed = file["fc2._packed_params._packed_params"];
  CHECK(packed.size() == 2);
  const auto& weight = packed[0].quantized();
  CHECK(weight.codes.equal(at::tensor(linear.weights.levels, at::kChar).view({10, 12})));
  CHECK(weight.scales == std::vector<double>{double{linear.weights.scales[0]}});
  CHECK_FALSE(weight.axis);
  CHECK(packed[1].tensor().equal(at::tensor(linear.requantize.bias, at::kInt)));
}

TEST_CASE("A per-tensor convolution has one scale and no axis", "[pytorch_state_dict]") {
  const TemporaryFolder folder;
  runtime::Program program = lenet_like();
  std::get<runtime::Conv2d>(program.ops[0].body).weights =
      counted_weights({4, 1, 5, 5}, Granularity::kPerTensor);
  emit::write_pytorch_state_dict(program, folder / "model.pt");
  const serialize::Value value = serialize::load_torch_file(folder / "model.pt");
  const auto& weight = Field(value, "model.pt")["conv1.weight"].quantized();
  CHECK(weight.scales.size() == 1);
  CHECK_FALSE(weight.axis);
}

TEST_CASE("A sum and a mean become a scale and a zero point, a copy nothing",
          "[pytorch_state_dict]") {
  const TemporaryFolder folder;
  const runtime::Program program{
      .network = "sum",
      .ops = {{"block.add", {-1, -1}, runtime::Add{{.output = {0.25F, 9}}}},
              {"copy", {0}, runtime::Downsample{}},
              {"pool", {1}, runtime::GlobalAveragePool{.output = {0.125F, 3}}}}};
  emit::write_pytorch_state_dict(program, folder / "model.pt");
  const serialize::Value value = serialize::load_torch_file(folder / "model.pt");
  const Field file(value, "model.pt");
  CHECK(file.size() == 4);
  CHECK(file["block.add.scale"].tensor().equal(at::scalar_tensor(0.25F, at::kFloat)));
  CHECK(file["block.add.zero_point"].tensor().equal(at::scalar_tensor(9, at::kInt)));
  CHECK(file["pool.scale"].tensor().equal(at::scalar_tensor(0.125F, at::kFloat)));
  CHECK(file["pool.zero_point"].tensor().equal(at::scalar_tensor(3, at::kInt)));
}

TEST_CASE("Levels beyond qint8 are qint32", "[pytorch_state_dict]") {
  const TemporaryFolder folder;
  runtime::Program program = lenet_like();
  auto& conv = std::get<runtime::Conv2d>(program.ops[1].body);
  auto& linear = std::get<runtime::Linear>(program.ops[4].body);
  conv.weights.format = linear.weights.format = "floatsd8-e3g32";
  conv.weights.levels[0] = static_cast<int16_t>(find_codebook("floatsd8-e3g32").max_level());
  emit::write_pytorch_state_dict(program, folder / "model.pt");
  const serialize::Value value = serialize::load_torch_file(folder / "model.pt");
  const Field file(value, "model.pt");
  CHECK(file["conv1.weight"].quantized().codes.scalar_type() == at::kChar);
  const auto& weight = file["conv2.weight"].quantized();
  CHECK(weight.codes.equal(at::tensor(conv.weights.levels, at::kInt).view({6, 4, 5, 5})));
  CHECK(file["fc2._packed_params.dtype"].dtype() == at::kQInt32);
}
