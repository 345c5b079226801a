# Finds LibTorch: the one in CMAKE_PREFIX_PATH. Two LibTorchs on one path mix silently (Debian's
# headers lie in /usr/include, which every compiler reads), so that case is refused here.
include(TorchTarget)
if(NOT Torch_FOUND)
  message(FATAL_ERROR
    "LibTorch was not found: run scripts/setup, or pass -DCMAKE_PREFIX_PATH=<folder with share/cmake/Torch>")
endif()
if(EXISTS /usr/include/torch/csrc AND NOT TORCH_INSTALL_PREFIX STREQUAL "/usr")
  message(FATAL_ERROR
    "Debian's libtorch-dev lies in /usr/include and would mix with ${TORCH_INSTALL_PREFIX}: "
    "remove that package (apt-get remove libtorch-dev)")
endif()
