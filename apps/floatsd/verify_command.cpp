// floatsd verify: the prepared network beside the integer network, layer by layer.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "commands.h"
#include "console.h"
#include "exit_code.h"
#include "floatsd/convert/verify.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/train/checkpoint.h"
#include "open_model.h"
#include "ranks.h"
#include "shared_flags.h"
#include "trained_on.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct VerifyFlags {
  SharedFlags shared;
  DatasetFlags dataset;
  std::string checkpoint, model;
};

void print_table(const convert::Verification& result) {
  std::printf("%-20s %14s %12s %12s\n", "layer", "codes", "mismatches", "largest");
  for (const convert::LayerComparison& layer : result.layers) {
    std::printf("%-20s %14lld %12lld %12d\n", layer.name.c_str(),
                static_cast<long long>(layer.codes), static_cast<long long>(layer.mismatches),
                layer.largest);
  }
  std::printf("prepared network  %s\ninteger network   %s\n",
              accuracy_text(result.prepared_correct, result.images).c_str(),
              accuracy_text(result.integer_correct, result.images).c_str());
}

nlohmann::ordered_json to_json(const convert::Verification& result) {
  nlohmann::ordered_json object;
  object["images"] = result.images;
  object["mismatches"] = result.mismatches();
  object["prepared_correct"] = result.prepared_correct;
  object["integer_correct"] = result.integer_correct;
  for (const convert::LayerComparison& layer : result.layers) {
    object["layers"].push_back({{"name", layer.name},
                                {"codes", layer.codes},
                                {"mismatches", layer.mismatches},
                                {"largest", layer.largest}});
  }
  return object;
}

/// What is compared, and on which images.
struct Verified {
  nn::Graph prepared;
  runtime::Interpreter integer;
  data::Dataset images;
};

Verified read_verified(const VerifyFlags& flags) {
  const train::Checkpoint checkpoint = train::load_checkpoint(flags.checkpoint);
  nn::Graph graph = train::restore_graph(checkpoint);
  if (passes::evaluation_pass(checkpoint.phase) != quant::Pass::kInteger) {
    throw Error(flags.checkpoint + ": a float network, expected a quantized one");
  }
  runtime::Program program = open_model(flags.model);
  const runtime::ActivationShape input = program.input_shape;
  return {.prepared = std::move(graph),
          .integer = runtime::Interpreter(std::move(program)),
          .images = load_test_set(flags.shared,
                                  or_trained_on(flags.dataset, checkpoint, flags.checkpoint),
                                  {input.channels, input.height, input.width})};
}

void run_verify(VerifyFlags& flags, Communicator& ranks) {
  flags.shared.threads = threads_of_rank(ranks, flags.shared.threads);
  int threads = 1;
  std::optional<Verified> compared;
  agree(ranks, [&] {
    threads = apply(flags.shared);
    compared.emplace(read_verified(flags));
  });
  require_same_file(ranks, "checkpoint", flags.checkpoint);
  require_same_file(ranks, "model file", flags.model);
  require_same_images(ranks, "test images", compared->images);
  const convert::Verification result = convert::verify(
      compared->prepared, compared->integer, compared->images, threads, ranks, shown_progress());
  if (flags.shared.json) {
    print_json(flags.shared, to_json(result));
  } else {
    print_table(result);
  }
  if (result.mismatches() != 0) {
    throw Unmet(std::to_string(result.mismatches()) + " mismatches between " + flags.checkpoint +
                " and " + flags.model);
  }
}

}  // namespace

void add_verify_command(CLI::App& app, Communicator& ranks) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* command = app.add_subcommand(
      "verify", "Compare a prepared network with an integer network, code by code");
  command->footer(R"(
Runs both on the whole test set: the checkpoint as the training graph, the model in the integer
interpreter. Exit 1 if a single output code of any layer differs.

  floatsd verify runs/first/last.pt runs/first/model.safetensors)");
  command->add_option("checkpoint", flags->checkpoint, "last.pt or best.pt of a run")
      ->required()
      ->type_name(kFile);
  command->add_option("model", flags->model, "The model file")->required()->type_name(kFile);
  add_dataset_flags(*command, flags->dataset);
  add_data_flags(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([flags, &ranks] { run_verify(*flags, ranks); });
}

}  // namespace floatsd::app
