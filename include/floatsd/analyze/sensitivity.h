#pragma once
// Sensitivity: what a network's answers lose when one layer's weights are quantized.

#include <cstdint>
#include <vector>

#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/quant/scale_grid.h"
#include "floatsd/quant/scheme.h"

namespace floatsd::analyze {

/// loss[l][s]: the mean over `images` of KL(p || q), p the network's softmax and q the same with
/// the weights of layer l, folded, quantized by schemes[l][s] with scales on the grid; all else
/// stays float. Source: the divergence of outputs as sensitivity, Cai et al. 2020 (ZeroQ), section
/// 3.2. Requires a fused float network and a list of schemes for each of its layers; leaves the
/// network as it was.
std::vector<std::vector<double>> weight_sensitivities(
    nn::Graph& graph, const std::vector<std::vector<quant::WeightScheme>>& schemes,
    quant::ScaleGrid scales, const data::Dataset& images, const OnProgress& on_progress = {});

/// The products that one image takes in each layer.
std::vector<int64_t> products_per_image(nn::Graph& graph);

}  // namespace floatsd::analyze
