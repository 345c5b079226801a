#pragma once
// Checkpoint: a network with its quantizers, and what resuming its training needs, in one file that
// Python's torch.load reads.

#include <filesystem>
#include <string>

#include "floatsd/nn/graph.h"
#include "floatsd/qat/phases.h"
#include "floatsd/quant/qconfig.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"

namespace floatsd::train {

/// How a network is made: its name in the zoo, and its qconfig; a float network has no rules, and
/// may have signal formats.
struct NetworkSpec {
  std::string network;
  quant::QConfig qconfig;
  quant::SignalFormats signals;
};

/// Fresh, fused, and prepared where there are rules. Weights from torch's default generator. Throws
/// Error on signal formats beside rules.
nn::Graph make_graph(const NetworkSpec& spec);

struct Checkpoint {
  NetworkSpec spec;
  qat::Phase phase = qat::Phase::kFloat;  ///< of the last step
  serialize::Value weights;               ///< dict: Graph::state() by name
  serialize::Value trainer;               ///< Trainer::state(); None where nothing was trained
  serialize::Value run_record;            ///< what the trainer's caller wants back; None: nothing
};

/// The network's state, sharing its memory.
Checkpoint make_checkpoint(const NetworkSpec& spec, const nn::Graph& graph, qat::Phase phase);

/// Replaces the file as a whole. Throws Error.
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

/// Throws Error naming the file and what is missing or wrong in it.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// Copies a checkpoint's weights and ranges into a network made from the same spec.
/// Throws Error naming the tensor that is missing, left over or of another shape.
void load_state(nn::Graph& graph, const Checkpoint& checkpoint);

/// The network of a checkpoint, in the mode in which it is evaluated. Throws as load_state.
nn::Graph restore_graph(const Checkpoint& checkpoint);

/// Whether the file is a checkpoint of ours rather than another torch file. Throws Error where it
/// is no torch file at all.
bool is_checkpoint(const std::filesystem::path& path);

/// Copies float weights into `graph` from a checkpoint or from a state dict that Python's
/// torch.save wrote, alone or under "state_dict", "net" or "model", with or without "module."
/// before each name; names are ours or those of nn::published_name. Ranges are left as they are.
/// Throws Error naming the tensor that is missing, unknown, of another shape (both shapes), or not
/// finite.
void load_float_weights(nn::Graph& graph, const std::filesystem::path& path);

}  // namespace floatsd::train
