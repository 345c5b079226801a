// floatsd convert: from a checkpoint to the integer network.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "apart.h"
#include "commands.h"
#include "console.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/checkpoint.h"
#include "option_group.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct ConvertFlags {
  SharedFlags shared;
  std::string checkpoint, output;
};

void run_convert(const ConvertFlags& flags) {
  apply(flags.shared);
  require_apart(flags.checkpoint, flags.output, "--output");
  const train::Checkpoint checkpoint = train::load_checkpoint(flags.checkpoint);
  if (checkpoint.phase == quant::Pass::kTrainFloat || checkpoint.phase == quant::Pass::kObserve) {
    throw Error(flags.checkpoint + ": stopped in phase '" + passes::to_string(checkpoint.phase) +
                "', no quantized step was taken since; expected a quantized network");
  }
  runtime::save_model(convert::to_program(train::restore_graph(checkpoint)), flags.output);
  say("written: " + flags.output);
  print_json(flags.shared,
             {{"model", flags.output}, {"bytes", std::filesystem::file_size(flags.output)}});
}

}  // namespace

void add_convert_command(CLI::App& app) {
  auto flags = std::make_shared<ConvertFlags>();
  CLI::App* command =
      app.add_subcommand("convert", "Write the integer network of a quantized checkpoint");
  command->footer("\n  floatsd convert runs/first/last.pt -o model.safetensors");
  command->add_option("checkpoint", flags->checkpoint, "last.pt or best.pt of a run")
      ->required()
      ->type_name(kFile);
  command->add_option("-o,--output", flags->output, "The model file (docs/model_file.md)")
      ->required()
      ->type_name(kFile)
      ->group(group::kOutput);
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_convert(*flags); });
}

}  // namespace floatsd::app
