#pragma once
// Checkpoint: a network with its quantizers, and what resuming its training needs, in one file that
// Python's torch.load reads.

#include <filesystem>
#include <string>

#include "floatsd/nn/graph.h"
#include "floatsd/passes/phases.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"
#include "floatsd/train/float_weights.h"
#include "floatsd/train/network_spec.h"

namespace floatsd::train {

struct Checkpoint {
  NetworkSpec spec;
  quant::Pass phase = quant::Pass::kTrainFloat;  ///< of the last step
  serialize::Value weights;                      ///< dict: Graph::state() by name
  serialize::Value trainer;                      ///< Trainer::state(); None if nothing was trained
  serialize::Value run_record;  ///< what the trainer's caller wants back; None: nothing
  std::string file;             ///< what it was read from, for errors; empty: none
};

/// The network's state, sharing its memory.
Checkpoint make_checkpoint(const NetworkSpec& spec, const nn::Graph& graph, quant::Pass phase);

/// Replaces the file as a whole. Throws Error.
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

/// Throws Error naming the file and what is missing or wrong in it: a tensor that is not a number
/// included; of a file of another kind what it is.
Checkpoint load_checkpoint(const std::filesystem::path& path);

/// The same of a file's content that is_checkpoint; `path` names the file in errors.
Checkpoint checkpoint_from(const serialize::Value& file, const std::filesystem::path& path);

/// Copies a checkpoint's weights and ranges into a network made from the same spec.
/// Throws Error naming the tensor that is missing, left over or of another shape; those before it
/// are copied then.
void load_state(nn::Graph& graph, const Checkpoint& checkpoint);

/// The network of a checkpoint, with its weights and ranges. Throws as load_state.
nn::Graph restore_graph(const Checkpoint& checkpoint);

/// Whether a file's content is a checkpoint of ours.
bool is_checkpoint(const serialize::Value& file);

}  // namespace floatsd::train
