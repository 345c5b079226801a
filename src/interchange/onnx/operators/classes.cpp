// Operators behind the outputs of classes that leave their order as it is: they are dropped.

#include <string>
#include <vector>

#include "interchange/onnx/attributes.h"
#include "interchange/onnx/operators/translations.h"

namespace floatsd::interchange::onnx {
namespace {

/// Whether that axis of the value, the batch counted, has all outputs of an image.
bool has_all_outputs(const Site& site, const Activation& x, int64_t axis) {
  const std::vector<int64_t> sizes = sizes_of(x.axes, site.network.shape(x));
  const int64_t rank = std::ssize(sizes) + 1;
  axis += axis < 0 ? rank : 0;
  return axis >= 1 && axis < rank &&
         sizes[static_cast<size_t>(axis - 1)] == site.network.shape(x).size();
}

Activation without(const Site& site, Activation x) {
  x.dropped = site.node.op_type;
  return x;
}

}  // namespace

Activation translate_softmax(const Site& site) {
  const Activation x = site.activation(0);
  const int64_t axis = integer_of(site.node, "axis", site.opset < 13 ? 1 : -1);
  const bool joins_rest = site.opset < 13 && axis == 1;
  need(joins_rest || has_all_outputs(site, x, axis), "an axis that has all the classes");
  need(site.network.shape(x).size() > 1, "several outputs: a Softmax of one is always 1");
  return without(site, x);
}

Activation translate_sigmoid(const Site& site) {
  const Activation x = site.activation(0);
  need(site.network.shape(x).size() > 1,
       "several outputs, one a class: a Sigmoid of one says yes or no at a half, and floatsd "
       "answers with the largest output (train the network with two)");
  return without(site, x);
}

Activation translate_arg_max(const Site& site) {
  const Activation x = site.renamed_activation(0);  // of a Softmax, too
  need(has_all_outputs(site, x, integer_of(site.node, "axis", 0)),
       "an axis that has all the classes");
  need(integer_of(site.node, "select_last_index", 0) == 0,
       "select_last_index 0: of equal outputs the first is floatsd's answer");
  return without(site, x);
}

}  // namespace floatsd::interchange::onnx
