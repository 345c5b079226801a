#include "workflow/measure.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <span>

#include "check/definition.h"
#include "floatsd/convert/verify.h"
#include "floatsd/emit/report.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/workflow/post_training.h"

namespace floatsd::workflow {
namespace {

struct Answers {
  train::Accuracy accuracy;
  int64_t mismatches = 0;
};

Answers answers_of(NetworkToMeasure& network, const data::Dataset& images, int threads,
                   const OnProgress& on_progress) {
  const runtime::Interpreter& integer = *network.integer;
  if (network.graph) {
    const convert::Verification verified =
        convert::verify(*network.graph, integer, images, threads, on_progress);
    return {{verified.integer_correct, verified.images}, verified.mismatches()};
  }
  const train::Accuracy accuracy = evaluate_integer(integer, images, threads, on_progress);
  const int64_t some = std::min(images.count, kImagesOfDefinition);
  const auto bytes =
      std::span(images.images).first(static_cast<size_t>(some * images.image_size()));
  return {accuracy, check::compare_with_definition(integer, bytes, threads).mismatches};
}

void add_accuracy(const train::Accuracy& accuracy, check::Facts& facts) {
  facts.measures.push_back({"accuracy", "", accuracy.percent()});
  facts.measures.push_back({"right_images", "", static_cast<double>(accuracy.correct)});
}

void add_costs(const runtime::Program& program, check::Facts& facts) {
  const std::vector<emit::LayerReport> layers = emit::report(program);
  const emit::Totals totals = emit::totals(program, layers);
  facts.measures.push_back({"bytes", "", static_cast<double>(totals.bytes)});
  facts.measures.push_back({"multiplications", "", static_cast<double>(totals.multiplications)});
  for (const emit::LayerReport& layer : layers) {
    facts.measures.push_back(
        {"accumulator_bounds", layer.name, static_cast<double>(layer.accumulator_bound)});
  }
}

check::Part part(const std::string& name, const at::Tensor& tensor) {
  const at::Tensor together = tensor.contiguous();
  const auto* bytes = static_cast<const char*>(together.const_data_ptr());
  return {.name = name, .bytes = std::string(bytes, bytes + together.nbytes())};
}

}  // namespace

check::Facts measure(NetworkToMeasure& network, const data::Dataset& images, int threads,
                     const OnProgress& on_progress) {
  check::Facts facts;
  if (!network.integer) {
    facts.kind = check::NetworkKind::kFloat;
    add_accuracy(train::evaluate(*network.graph, images, quant::Pass::kFloat, on_progress), facts);
    return facts;
  }
  const Answers answers = answers_of(network, images, threads, on_progress);
  add_accuracy(answers.accuracy, facts);
  facts.measures.push_back({"mismatches", "", static_cast<double>(answers.mismatches)});
  add_costs(network.integer->program(), facts);
  return facts;
}

std::vector<check::Part> parts(const NetworkToMeasure& network) {
  if (network.integer) {
    return check::parts(network.integer->program());
  }
  std::vector<check::Part> parts = {
      {.name = "architecture", .bytes = nn::to_json(network.graph->architecture())}};
  for (const auto& [name, tensor] : network.graph->state()) {
    parts.push_back(part(name, tensor));
  }
  return parts;
}

}  // namespace floatsd::workflow
