#include <algorithm>
#include <cmath>
#include <set>

#include "core/markup.h"
#include "report/elements.h"
#include "report/markup.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace floatsd::report {
namespace {

constexpr int64_t kFloatBytes = 4;

std::string tile(const std::string& what, const std::string& value, const std::string& below,
                 const char* more = "") {
  return "<div><dt>" + as_markup(what) + "</dt><dd class=\"value" + more + "\">" +
         as_markup(value) + "</dd><dd class=\"note\">" + as_markup(below) + "</dd></div>\n";
}

std::string accuracy_tile(const RunReport& run) {
  if (run.answers) {
    return tile("Accuracy", fixed(run.answers->percent(), 2) + " %",
                run.answers->network + " network, " + grouped(run.answers->correct) + " of " +
                    counted(run.answers->total, "test image"));
  }
  if (!run.epochs.empty() && run.epochs.back().accuracy) {
    return tile("Accuracy", fixed(*run.epochs.back().accuracy, 2) + " %",
                "after epoch " + std::to_string(run.epochs.back().number) + ", " + run.accuracy_of +
                    " images");
  }
  return tile("Accuracy", "not evaluated", "", " words");
}

std::string mismatch_tile(const RunReport& run) {
  if (!run.is_quantized) {
    return "";
  }
  if (!run.comparison) {
    return tile("Mismatches", "not compared", "floatsd verify compares", " words");
  }
  return tile("Mismatches", grouped(run.comparison->mismatches),
              "in " + rounded(static_cast<double>(run.comparison->codes)) +
                  " output codes, prepared beside integer network",
              run.comparison->mismatches == 0 ? " good" : " bad");
}

std::string weight_tile(const RunReport& run) {
  std::set<std::string> formats;
  for (const Layer& layer : run.layers) {
    if (layer.weights) {
      formats.insert(layer.weights->scheme.substr(0, layer.weights->scheme.find(':')));
    }
  }
  std::string text;
  for (const std::string& format : formats) {
    text += (text.empty() ? "" : ", ") + format;
  }
  return tile("Weights", text.empty() ? run.float_weights : text, counted(run.weights, "weight"),
              " words");
}

std::string byte_tile(const RunReport& run, const Cost& cost) {
  if (!run.is_quantized) {
    return tile("Bytes", grouped(cost.bytes()), "of weights, four each");
  }
  const auto times = static_cast<double>(kFloatBytes * run.weights) /
                     static_cast<double>(std::max<int64_t>(1, cost.bytes()));
  return tile("Bytes", grouped(cost.bytes()),
              "weights and all other numbers; the weights in float32 take " + fixed(times, 1) +
                  " times as many");
}

std::string cost_tiles(const RunReport& run) {
  const std::optional<Cost> cost = run.cost();
  if (!cost) {
    return "";
  }
  return byte_tile(run, *cost) +
         tile("Multiplications", rounded(static_cast<double>(cost->multiplications)),
              "an image; " + rounded(static_cast<double>(cost->shifts)) + " shifts, " +
                  rounded(static_cast<double>(cost->additions)) + " additions");
}

std::string training_tile(const RunReport& run) {
  if (run.epochs.empty()) {
    return "";
  }
  const Epoch& last = run.epochs.back();
  double sum = 0;
  double epochs = 0;
  for (const Epoch& epoch : run.epochs) {
    if (epoch.images_per_second && *epoch.images_per_second > 0) {
      sum += 1 / *epoch.images_per_second;
      ++epochs;
    }
  }
  const std::string rate =
      epochs == 0 ? "" : ", " + grouped(std::llround(epochs / sum)) + " images/s";
  return tile("Epochs", std::to_string(last.number), "last loss " + fixed(last.loss, 4) + rate);
}

}  // namespace

std::string summary_section(const RunReport& run, const std::string& id) {
  return section(id + "summary", "Summary",
                 "<dl class=\"tiles\">\n" + accuracy_tile(run) + mismatch_tile(run) +
                     weight_tile(run) + cost_tiles(run) + training_tile(run) + "</dl>\n");
}

std::string remarks(const RunReport& run) {
  if (run.remarks.empty()) {
    return "";
  }
  constexpr size_t kMostOfRemark = 300;
  std::string items;
  for (const std::string& remark : run.remarks) {
    items += "<li>" + as_markup(shortened(remark, kMostOfRemark)) + "</li>\n";
  }
  return "<ul class=\"remarks\">\n" + items + "</ul>\n";
}

std::string kind_of(const RunReport& run) {
  constexpr size_t kMostLetters = 60;
  return shortened(run.network, kMostLetters) + " on " + shortened(run.dataset, kMostLetters) +
         ", " + run.schemes();
}

}  // namespace floatsd::report
