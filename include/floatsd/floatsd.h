#pragma once
// floatsd: the whole library, in the order in which a network goes through it. Programs that only
// run an integer network include floatsd/runtime/interpreter.h and link floatsd::runtime alone.

// What goes wrong, and the weight formats.
#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"
#include "floatsd/core/progress.h"
#include "floatsd/version.h"

// A data set: images and labels.
#include "floatsd/data/augment.h"
#include "floatsd/data/batches.h"
#include "floatsd/data/cifar.h"
#include "floatsd/data/dataset.h"
#include "floatsd/data/hold_out.h"
#include "floatsd/data/loader.h"
#include "floatsd/data/locate.h"
#include "floatsd/data/mnist.h"
#include "floatsd/data/pixel_statistics.h"
#include "floatsd/data/registry.h"
#include "floatsd/data/source.h"
#include "floatsd/images/open_dataset.h"

// A network: its architecture, and a graph of named blocks.
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/nn/graph.h"

// Made ready for quantized training.
#include "floatsd/passes/fuse.h"
#include "floatsd/passes/phases.h"
#include "floatsd/passes/prepare.h"
#include "floatsd/ptq/calibrate.h"
#include "floatsd/ptq/correct_bias.h"
#include "floatsd/ptq/equalize.h"
#include "floatsd/ptq/learn_rounding.h"
#include "floatsd/quant/qconfig.h"

// Trained and evaluated, by one process or several.
#include "floatsd/distributed/ranks.h"
#include "floatsd/profile/buffer_pool.h"
#include "floatsd/train/checkpoint.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"
#include "floatsd/train/trainer.h"

// Looked into: which layer hurts, and which format each can bear.
#include "floatsd/analyze/layer_analysis.h"
#include "floatsd/analyze/mixed_precision.h"
#include "floatsd/analyze/sensitivity.h"

// Converted, compared, and run on integers.
#include "floatsd/convert/to_program.h"
#include "floatsd/convert/verify.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"

// All of it together, as the command does.
#include "floatsd/report/html.h"
#include "floatsd/workflow/post_training.h"
#include "floatsd/workflow/recipe.h"
#include "floatsd/workflow/run_report.h"
#include "floatsd/workflow/search.h"
#include "floatsd/workflow/sweep.h"
#include "floatsd/workflow/training.h"

// From other programs, and back.
#include "floatsd/interchange/onnx.h"

// Written in other forms.
#include "floatsd/emit/c_source.h"
#include "floatsd/emit/onnx.h"
#include "floatsd/emit/pytorch_state_dict.h"
#include "floatsd/emit/report.h"
#include "floatsd/emit/vectors.h"
