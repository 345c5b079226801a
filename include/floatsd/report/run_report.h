#pragma once
// Run report: what is worth looking at in a run, as plain values. workflow/run_report.h gathers
// them, report/html.h draws them.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "floatsd/images/image.h"

namespace floatsd::report {

/// A line of metrics.jsonl.
struct Epoch {
  int number = 0;     ///< from 1
  std::string phase;  ///< passes::to_string
  double learning_rate = 0;
  double loss = 0;                          ///< of training
  std::optional<double> accuracy;           ///< percent; nothing if it was not evaluated
  std::optional<double> images_per_second;  ///< of training
};

/// A layer's weights.
struct Weights {
  std::string scheme;           ///< "floatsd4:per-channel"
  int bits = 0;                 ///< of a stored weight
  std::vector<int> levels;      ///< all that the format has, ascending
  std::vector<int64_t> counts;  ///< weights at each of them
  int partial_products = 0;     ///< of a multiplication, at the worst level used
  double smallest_scale = 0, largest_scale = 0;
  std::optional<double> sqnr;     ///< dB, against the float weights (analyze::WeightAnalysis)
  std::optional<double> clipped;  ///< share beyond the format's clip (analyze::WeightAnalysis)

  [[nodiscard]] int64_t count() const;
  [[nodiscard]] int levels_used() const;
};

/// What an image takes in a layer.
struct Cost {
  int64_t weight_bytes = 0, other_bytes = 0;  ///< weights; biases, multipliers, shifts, scales
  int64_t multiplications = 0, shifts = 0, additions = 0;

  [[nodiscard]] int64_t bytes() const { return weight_bytes + other_bytes; }
  Cost& operator+=(const Cost& other);
  bool operator==(const Cost&) const = default;
};

using CodeCounts = std::array<int64_t, 256>;

/// The integer part of a layer.
struct Integers {
  double scale = 1;
  int zero_point = 0;
  int64_t accumulator_bound = 0;         ///< runtime::accumulator_bounds
  std::optional<CodeCounts> codes;       ///< outputs of some test images at each code
  std::optional<double> output_sqnr;     ///< dB (analyze::OutputAnalysis)
  std::optional<double> output_clipped;  ///< share (analyze::OutputAnalysis)
};

/// Operator of the integer network, or layer with weights of a float network.
struct Layer {
  std::string name, kind;
  std::string shape;  ///< of one image's output: "[16, 28, 28]"
  std::optional<Weights> weights;
  std::optional<Integers> integers;  ///< none in a float network
  std::optional<Cost> cost;          ///< none if nobody counts it
};

/// Node of the network's drawing.
struct Node {
  std::string name, kind, shape;
  std::vector<int> inputs;  ///< indices of nodes before it; -1: the network's input
};

/// A test image that the network gets wrong.
struct Mistake {
  int64_t image = 0;  ///< its place among the test images, from 0
  int label = 0, answer = 0;
  double probability = 0;  ///< that the network's softmax gives to its answer
  images::Image picture;
};

/// What the network says to the test images.
struct Answers {
  std::string network;  ///< "integer" or "float"
  int64_t correct = 0, total = 0;
  std::map<std::pair<int, int>, int64_t> counts;  ///< images by label and answer
  std::vector<Mistake> mistakes;                  ///< the surest first

  [[nodiscard]] double percent() const;
};

/// Prepared and integer network beside each other (convert::Verification).
struct Comparison {
  int64_t codes = 0, mismatches = 0;
};

struct RunReport {
  std::string name;     ///< the run's folder
  std::string network;  ///< "lenet"
  std::string input;    ///< shape of an image
  std::string dataset;
  std::vector<std::string> remarks;  ///< that it is not finished, that nothing was evaluated ...

  std::vector<Epoch> epochs;
  std::string accuracy_of;  ///< the epochs' accuracy: "validation" or "test"

  bool is_quantized = false;
  int64_t weights = 0;                    ///< how many
  std::string float_weights = "float32";  ///< what they are in a network that is not quantized
  std::vector<Layer> layers;
  std::vector<Node> nodes;
  std::string cost_of;          ///< how operations were counted
  int64_t input_table = 0;      ///< bytes of the table by which pixels become codes
  int64_t images_of_codes = 0;  ///< over so many test images are the layers' codes

  std::vector<std::string> class_names;  ///< numbers if the classes have no names
  std::optional<Answers> answers;
  std::optional<Comparison> comparison;

  std::string config;                                         ///< config.toml
  std::vector<std::pair<std::string, std::string>> versions;  ///< what, and which
  std::vector<std::string> commands;                          ///< that make the run again

  /// Of all layers and the input table; nothing if a layer has none.
  [[nodiscard]] std::optional<Cost> cost() const;
  /// The weights' schemes, each once, in order: "floatsd4:per-channel, floatsd4:per-tensor";
  /// float_weights if there are none.
  [[nodiscard]] std::string schemes() const;
  [[nodiscard]] const std::string& class_name(int label) const;
};

}  // namespace floatsd::report
