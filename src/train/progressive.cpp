#include "floatsd/train/progressive.h"

#include <string>

#include "require.h"

namespace floatsd::train {
namespace {

int quantized_epochs(const qat::PhaseSchedule& phases, int epochs) {
  return epochs - phases.float_epochs - phases.observe_epochs - phases.batch_norm_freeze_epochs -
         phases.freeze_epochs;
}

}  // namespace

void check_shares(const std::vector<double>& shares, const qat::PhaseSchedule& phases, int epochs) {
  double before = 0;
  for (const double share : shares) {
    require(share > before && share < 1, "progressive: " + std::to_string(share) +
                                             ", expected shares that rise between 0 and 1");
    before = share;
  }
  const int available = quantized_epochs(phases, epochs);
  require(shares.empty() || static_cast<int>(shares.size()) < available,
          "progressive: " + std::to_string(shares.size()) + " shares, and all weights, in " +
              std::to_string(available) + " quantized epochs; expected one for each");
}

double share_of(const std::vector<double>& shares, const qat::PhaseSchedule& phases, int epoch,
                int epochs) {
  const int available = quantized_epochs(phases, epochs);
  const int index = epoch - phases.float_epochs - phases.observe_epochs;
  if (index < 0 || index >= available) {
    return 1;
  }
  const auto part =
      static_cast<size_t>(index) * (shares.size() + 1) / static_cast<size_t>(available);
  return part < shares.size() ? shares[part] : 1;
}

void set_quantized_share(nn::Graph& graph, double share) {
  for (const auto& [name, layer] : graph.layers()) {
    layer->weight_quantizer->set_share(share);
  }
}

}  // namespace floatsd::train
