// floatsd import: a float network that another program trained, as a checkpoint.

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "apart.h"
#include "commands.h"
#include "console.h"
#include "core/counted.h"
#include "float_import.h"
#include "floatsd/core/error.h"
#include "floatsd/interchange/onnx.h"
#include "floatsd/profile/buffer_pool.h"
#include "input_options.h"
#include "option_group.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct ImportFlags {
  SharedFlags shared;
  std::string file, output, input_shape;
  interchange::OnnxImport options;
};

ActivationShape parse_shape(const std::string& text) {
  std::vector<int64_t> sizes(1);
  const char* at = text.data();
  const char* end = at + text.size();
  for (;;) {
    const auto number = std::from_chars(at, end, sizes.back());
    if (number.ec != std::errc()) {
      break;
    }
    if (number.ptr == end && sizes.size() == 3) {
      return {sizes[0], sizes[1], sizes[2]};
    }
    if (number.ptr == end || *number.ptr != ',') {
      break;
    }
    at = number.ptr + 1;
    sizes.push_back(0);
  }
  throw Error("--input-shape " + text + ": expected C,H,W, as in 3,32,32");
}

int64_t count_weights(const train::Checkpoint& checkpoint) {
  int64_t count = 0;
  for (const auto& [name, tensor] : checkpoint.weights.get_if<serialize::Dict>()->entries) {
    count += tensor.get_if<at::Tensor>()->numel();
  }
  return count;
}

void run_import(ImportFlags& flags) {
  profile::return_buffers();  // each tensor is made once
  apply(flags.shared);
  require_apart(flags.file, flags.output, "--output");
  if (!flags.input_shape.empty()) {
    flags.options.input_shape = parse_shape(flags.input_shape);
  }
  const interchange::ImportedNetwork network = interchange::import_onnx(flags.file, flags.options);
  const nn::Architecture& architecture = network.checkpoint.spec.architecture;
  const nn::InputSpec& input = architecture.input();
  const int64_t weights = count_weights(network.checkpoint);
  train::save_checkpoint(network.checkpoint, flags.output);
  for (const std::string& remark : network.remarks) {
    say(remark);
  }
  say(input_text(input) + " (--input-scale, --mean, --std)");
  const ActivationShape image{input.channels, input.height, input.width};
  report(flags.shared, architecture.name() + ": " +
                           counted(std::ssize(architecture.nodes()), "node") + ", " +
                           counted(weights, "weight") + ", images " + to_string(image) + ", " +
                           counted(architecture.classes(), "class", "classes"));
  say("written: " + flags.output);
  print_json(flags.shared, {{"network", architecture.name()},
                            {"nodes", architecture.nodes().size()},
                            {"weights", weights},
                            {"input_shape", {image.channels, image.height, image.width}},
                            {"mean", input.mean},
                            {"std", input.deviation},
                            {"classes", architecture.classes()},
                            {"output", flags.output}});
}

}  // namespace

void add_import_command(CLI::App& app) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command =
      app.add_subcommand("import", "Make a float checkpoint of a network in an ONNX file");
  command->footer(R"(
What the network reads has to be said, as ONNX does not: x between 0 and --input-scale, less --mean,
divided by --std. The checkpoint keeps it, and every other subcommand goes on from there
(docs/importing.md has the operators):

  floatsd import net.onnx -o net.pt --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  floatsd import raw.onnx -o raw.pt --input-scale 255
  floatsd eval net.pt --dataset images:DIR
  floatsd calibrate net.pt --weights "*=int8:per-channel" --dataset images:DIR --output runs/ptq)");
  command->add_option("file", flags->file, "The ONNX model")->required()->type_name(kFile);
  command->add_option("-o,--output", flags->output, "The checkpoint to write")
      ->required()
      ->type_name(kFile)
      ->group(group::kOutput);
  command
      ->add_option("--input-scale", flags->options.input_scale,
                   "What a byte of 255 is to the network: 255 if it reads bytes as they are "
                   "(default: 1)")
      ->group(group::kNetworkAndData);
  command
      ->add_option("--mean", flags->options.mean,
                   "What training subtracted, in the unit of --input-scale: one number, or one for "
                   "each channel (default: 0, or what a model of floatsd's says)")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group::kNetworkAndData);
  command
      ->add_option("--std", flags->options.deviation,
                   "What it then divided by (default: 1, or what a model of floatsd's says)")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group::kNetworkAndData);
  command
      ->add_option("--input-shape", flags->input_shape,
                   "C,H,W of an image, if the model leaves it open")
      ->group(group::kNetworkAndData);
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_import(*flags); });
}

}  // namespace floatsd::app
