// floatsd eval: the accuracy of a network, float, prepared or integer, told by the file.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "commands.h"
#include "console.h"
#include "float_import.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"
#include "floatsd/workflow/post_training.h"
#include "in_file.h"
#include "input_options.h"
#include "option_group.h"
#include "ranks.h"
#include "recipe_options.h"
#include "serialize/tensor_file.h"
#include "shared_flags.h"
#include "trained_on.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

struct EvalFlags {
  SharedFlags shared;
  DatasetFlags dataset;
  std::string file, network, weights_from;
  std::vector<double> mean, deviation;
};

/// What a file holds.
struct Network {
  std::string kind;
  std::array<int64_t, 3> image_shape;
  std::function<train::Accuracy(const data::Dataset&, Communicator&)> evaluate;
  bool is_imported = false;   ///< from another program
  DatasetFlags dataset = {};  ///< what it is tested on; empty: what its images' shape says
};

Network training_network(nn::Graph graph, quant::Pass pass) {
  auto shared = std::make_shared<nn::Graph>(std::move(graph));
  return {.kind = quant::quantizes(pass) ? "prepared" : "float32",
          .image_shape = {shared->input().channels, shared->input().height, shared->input().width},
          .evaluate = [shared, pass](const data::Dataset& dataset, Communicator& ranks) {
            return train::evaluate(*shared, dataset, pass, ranks, shown_progress());
          }};
}

/// A checkpoint or a model file says by itself how it is read.
void refuse_import_flags(const EvalFlags& flags, const char* what) {
  if (!flags.mean.empty() || !flags.deviation.empty() || !flags.weights_from.empty()) {
    throw Error(flags.file + ": is " + what +
                ", which knows its input; --mean, --std and --weights-from are for weights that "
                "another program wrote");
  }
}

Network integer_network(const runtime::Program& program, int threads) {
  auto integer = std::make_shared<runtime::Interpreter>(program);
  const runtime::ActivationShape& input = integer->program().input_shape;
  return {.kind = "integer",
          .image_shape = {input.channels, input.height, input.width},
          .evaluate = [integer, threads](const data::Dataset& dataset, Communicator& ranks) {
            return workflow::evaluate_integer(*integer, dataset, threads, ranks, shown_progress());
          }};
}

/// Of a model file, whose nodes are fused: by its name.
void refuse_other_name(const EvalFlags& flags, const std::string& theirs) {
  if (!flags.network.empty() && flags.network != theirs) {
    throw Error(flags.file + ": is a floatsd model file, which knows its network, '" + theirs +
                "'; expected no --network");
  }
}

void refuse_other_network(const EvalFlags& flags, const nn::Architecture& theirs) {
  Recipe named;
  named.network = flags.network;
  if (workflow::names_other_network(named, theirs)) {
    throw Error(flags.file + ": is a floatsd checkpoint, which knows its network, '" +
                theirs.name() + "'; --network " + flags.network + " is another one");
  }
}

Network checkpoint_network(serialize::Value file, const EvalFlags& flags) {
  const train::Checkpoint checkpoint = train::checkpoint_from(file, flags.file);
  refuse_other_network(flags, checkpoint.spec.architecture);
  Network network =
      training_network(train::restore_graph(checkpoint), passes::evaluation_pass(checkpoint.phase));
  if (checkpoint.spec.signals != quant::SignalFormats{}) {
    network.kind = "float";  // of other formats than float32
  }
  network.is_imported = train::WeightFile(flags.file, std::move(file)).was_trained_elsewhere();
  network.dataset = or_trained_on(flags.dataset, checkpoint, flags.file);
  return network;
}

Network imported_network(serialize::Value file, const EvalFlags& flags) {
  Recipe named;
  named.dataset = flags.dataset.dataset;
  named.resize = flags.dataset.resize;
  named.network = flags.network;
  named.mean = flags.mean;
  named.deviation = flags.deviation;
  note_task(flags.shared, named);
  Network network = training_network(import_network(workflow::architecture_of(named),
                                                    train::WeightFile(flags.file, std::move(file)),
                                                    flags.file, flags.weights_from),
                                     quant::Pass::kFloat);
  network.is_imported = true;
  network.dataset = flags.dataset;
  return network;
}

Network read_network(const EvalFlags& flags, int threads) {
  const serialize::WantedFile file =
      serialize::read_wanted(flags.file, serialize::Wanted::kNetwork);
  if (file.kind == serialize::FileKind::kModel) {
    refuse_import_flags(flags, "a floatsd model file");
    const runtime::Program program = runtime::parse_model(file.bytes, flags.file);
    refuse_other_name(flags, program.network);
    Network network = integer_network(program, threads);
    network.dataset = flags.dataset;
    return network;
  }
  serialize::Value value = serialize::parse_tensor_file(file, flags.file);
  if (train::is_checkpoint(value)) {
    refuse_import_flags(flags, "a floatsd checkpoint");
    return checkpoint_network(std::move(value), flags);
  }
  return imported_network(std::move(value), flags);
}

void run_eval(EvalFlags& flags, Communicator& ranks) {
  flags.shared.threads = threads_of_rank(ranks, flags.shared.threads);
  Network network;
  data::Dataset dataset;
  agree(ranks, [&] {
    network = read_network(flags, apply(flags.shared));
    dataset = load_test_set(flags.shared, network.dataset, network.image_shape);
  });
  require_same_file(ranks, "network file", flags.file);
  require_same_images(ranks, "test images", dataset);
  const auto start = std::chrono::steady_clock::now();
  const train::Accuracy accuracy =
      in_file(flags.file, [&] { return network.evaluate(dataset, ranks); });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  report(flags.shared,
         network.kind + " network: " + accuracy_text(accuracy.correct, accuracy.total));
  if (network.is_imported) {
    warn_near_chance(accuracy, dataset.classes);
  }
  print_json(flags.shared,
             {{"kind", network.kind},
              {"dataset", dataset.name},
              {"accuracy", accuracy.percent()},
              {"correct", accuracy.correct},
              {"total", accuracy.total},
              {"images_per_second", static_cast<double>(accuracy.total) / seconds.count()}});
  check_expectation(flags.shared, accuracy.percent());
}

}  // namespace

void add_eval_command(CLI::App& app, Communicator& ranks) {
  auto flags = std::make_shared<EvalFlags>();
  CLI::App* command = app.add_subcommand(
      "eval", "Accuracy on the test set of a checkpoint, a float state dict or a model file");
  command->footer("\n  floatsd eval runs/first/model.safetensors --expect-accuracy 98.9");
  command
      ->add_option("file", flags->file,
                   "last.pt, model.safetensors, or a state dict (torch.save, safetensors, .npz)")
      ->required()
      ->type_name(kFile);
  add_dataset_flags(*command, flags->dataset);
  command
      ->add_option("--network", flags->network,
                   "Of a plain state dict, which does not name it: as train has it")
      ->default_str("lenet")
      ->type_name(one_of_or_file(models::network_names()))
      ->group(group::kNetworkAndData);
  add_flags(*command, in_group(group::kNetworkAndData,
                               {mean_option(flags->mean), deviation_option(flags->deviation),
                                weights_from_option(flags->weights_from)}));
  add_data_flags(*command, flags->shared);
  add_expectation_flag(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([flags, &ranks] { run_eval(*flags, ranks); });
}

}  // namespace floatsd::app
