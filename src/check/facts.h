#pragma once
// Facts: what was measured of one network, on which images.

#include <cstdint>
#include <string>
#include <vector>

namespace floatsd::check {

enum class NetworkKind { kInteger, kFloat };
const char* to_string(NetworkKind kind);  ///< "integer", "float"

/// The images that a network was measured on.
struct Images {
  std::string dataset;  ///< as --dataset names it
  int64_t count = 0;
  std::string sha256;  ///< of pixels and labels
  std::string resize;  ///< as --resize has the size to which they were made; empty: none
};

struct Measure {
  std::string name;   ///< of a quantity
  std::string layer;  ///< empty unless the quantity is by layer
  double value = 0;
};

struct Facts {
  NetworkKind kind = NetworkKind::kInteger;
  std::vector<Measure> measures;  ///< in the order of the quantities, of a layer in the network's
};

/// What a network is: its layers' operators and numbers, each as one checksum.
struct Fingerprint {
  struct Layer {
    std::string name, sha256;
  };
  std::string sha256;                    ///< of all of them
  std::vector<Layer> layers;             ///< in the network's order
  std::string libtorch, cpu_capability;  ///< where it was taken, which a training's bytes depend on
};

}  // namespace floatsd::check
