#pragma once
// Reports made up for tests: an ordinary run, one whose names want to break the page, a very large
// one.

#include <string>
#include <vector>

#include "floatsd/report/run_report.h"

using floatsd::report::RunReport;

inline floatsd::report::Mistake sample_mistake(int i, int classes) {
  floatsd::report::Mistake mistake{.image = 100 + i,
                                   .label = i % classes,
                                   .answer = (i + 3) % classes,
                                   .probability = 1.0 / (1 + 0.2 * i)};
  mistake.picture = {{{8, 8}, 1}, std::vector<uint8_t>(64, static_cast<uint8_t>(20 * i))};
  return mistake;
}

inline floatsd::report::Layer sample_layer(const std::string& name, int64_t weights) {
  floatsd::report::Layer layer{.name = name, .kind = "conv2d", .shape = "[16, 14, 14]"};
  layer.weights =
      floatsd::report::Weights{.scheme = "floatsd4:per-channel",
                               .bits = 4,
                               .levels = {-2, -1, 0, 1, 2},
                               .counts = {weights / 8, 0, weights / 2, weights / 4, weights / 8},
                               .partial_products = 1,
                               .smallest_scale = 0.01,
                               .largest_scale = 0.02,
                               .sqnr = 18.25,
                               .clipped = 0.0125};
  layer.integers = floatsd::report::Integers{.scale = 0.05,
                                             .zero_point = 3,
                                             .accumulator_bound = 1234567,
                                             .codes = floatsd::report::CodeCounts{},
                                             .output_sqnr = 31.5,
                                             .output_clipped = 0.001};
  for (size_t code = 0; code < 256; ++code) {
    (*layer.integers->codes)[code] = code == 3 ? 5000 : static_cast<int64_t>(256 - code);
  }
  layer.cost = floatsd::report::Cost{.weight_bytes = weights / 2,
                                     .other_bytes = 192,
                                     .multiplications = 3136,
                                     .shifts = 100 * weights,
                                     .additions = 101 * weights};
  return layer;
}

/// `epochs` epochs, `layers` layers in which every third adds what the one three before it gave,
/// `classes` classes.
inline RunReport sample_report(int epochs = 8, int layers = 6, int classes = 10) {
  RunReport run{.name = "runs/sample",
                .network = "lenet",
                .input = "[1, 28, 28]",
                .dataset = "mnist",
                .accuracy_of = "test",
                .is_quantized = true};
  for (int i = 1; i <= epochs; ++i) {
    run.epochs.push_back({.number = i,
                          .phase = i <= epochs / 4 ? "float"
                                   : i < epochs    ? "quantize"
                                                   : "ranges frozen",
                          .learning_rate = 0.05 * (epochs - i + 1) / epochs,
                          .loss = 2.0 / i,
                          .accuracy = 99 - 10.0 / i,
                          .images_per_second = 5000});
  }
  for (int i = 0; i < layers; ++i) {
    const std::string name = "conv" + std::to_string(i + 1);
    run.layers.push_back(sample_layer(name, 64 * (i + 1)));
    std::vector<int> inputs = {i - 1};
    if (i % 3 == 2) {
      inputs.push_back(i - 3);
    }
    run.nodes.push_back({name, "conv2d", "[16, 14, 14]", inputs});
    run.weights += 64 * (i + 1);
  }
  run.cost_of = "Operations are counted.";
  run.images_of_codes = 500;
  for (int i = 0; i < classes; ++i) {
    run.class_names.push_back(classes <= 10 ? std::to_string(i) : "class " + std::to_string(i));
  }
  floatsd::report::Answers answers{.network = "integer"};
  for (int label = 0; label < classes; ++label) {
    const int right = label == 0 ? 100 : 89;  // a row without mistakes is the darkest
    answers.counts[{label, label}] = right;
    if (right < 100) {
      answers.counts[{label, (label + 3) % classes}] = 100 - right;
    }
    answers.correct += right;
    answers.total += 100;
  }
  for (int i = 0; i < 12; ++i) {
    answers.mistakes.push_back(sample_mistake(i, classes));
  }
  run.answers = answers;
  run.comparison = floatsd::report::Comparison{.codes = 41500000, .mismatches = 0};
  run.config = "dataset = \"mnist\"\nepochs = 8\n";
  run.versions = {{"floatsd", "0.1.0"}, {"LibTorch", "2.13.0"}};
  run.commands = {"floatsd train --config runs/sample/config.toml --output runs/again"};
  return run;
}

/// Names that would break a page which does not escape, or does not cut them.
inline std::vector<std::string> hostile_names() {
  return {"<script>alert(1)</script>",
          "a & b \"quoted\" 'single' <b>",
          std::string(300, 'W'),
          "\xe7\x8c\xab\xe5\x92\x8c\xe7\x8b\x97\xe7\x9a\x84\xe5\x88\x86\xe7\xb1\xbb\xe5\x99\xa8",
          "not \xff UTF-8 \x01",
          "]]>--><!-- </title></style></svg>"};
}

inline RunReport hostile_report() {
  RunReport run = sample_report();
  const std::vector<std::string> names = hostile_names();
  for (size_t i = 0; i < names.size(); ++i) {
    run.layers[i].name = names[i];
    run.nodes[i].name = names[i];
    run.nodes[i].kind = names[(i + 1) % names.size()];
    run.class_names[i] = names[i];
    run.remarks.push_back(names[i]);
    run.config += names[i] + " = \"" + names[i] + "\"\n";
    run.commands.push_back(names[i]);
    run.versions.emplace_back(names[i], names[i]);
  }
  run.name = "runs/" + names[0] + names[1] + names[2];
  run.network = names[2];
  run.dataset = "images:" + names[1] + names[3];
  run.epochs.front().phase = names[0];
  return run;
}

/// As `name`, without what only quantized networks have.
inline RunReport float_report() {
  RunReport run = sample_report();
  run.name = "runs/float32";
  run.is_quantized = false;
  run.comparison.reset();
  run.answers->network = "float";
  run.images_of_codes = 0;
  for (auto& layer : run.layers) {
    layer.weights.reset();
    layer.integers.reset();
    layer.cost->other_bytes = 0;
    layer.cost->shifts = 0;
  }
  return run;
}
