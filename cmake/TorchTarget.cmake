# The target `torch` from the LibTorch in CMAKE_PREFIX_PATH; sets Torch_FOUND and TORCH_INSTALL_PREFIX.
#
# For a build with CUDA (or another GPU), Torch's own config asks for that compiler and all its
# libraries. We call nothing of the GPU's part, so there its CPU libraries are linked directly.
find_path(FLOATSD_TORCH_CONFIG TorchConfig.cmake HINTS ${Torch_DIR} PATH_SUFFIXES share/cmake/Torch)
mark_as_advanced(FLOATSD_TORCH_CONFIG)
cmake_path(SET floatsd_torch NORMALIZE "${FLOATSD_TORCH_CONFIG}/../../..")

if(FLOATSD_TORCH_CONFIG AND (EXISTS ${floatsd_torch}/lib/libtorch_cuda.so
                             OR EXISTS ${floatsd_torch}/lib/libtorch_hip.so
                             OR EXISTS ${floatsd_torch}/lib/libtorch_xpu.so))
  cmake_path(GET floatsd_torch PARENT_PATH TORCH_INSTALL_PREFIX)  # without the slash at the end
  if(NOT TARGET torch)
    foreach(library c10 torch_cpu)
      add_library(${library} SHARED IMPORTED)
      set_target_properties(${library} PROPERTIES
        IMPORTED_LOCATION ${TORCH_INSTALL_PREFIX}/lib/lib${library}.so)
    endforeach()
    add_library(torch INTERFACE IMPORTED)
    target_include_directories(torch INTERFACE
      ${TORCH_INSTALL_PREFIX}/include ${TORCH_INSTALL_PREFIX}/include/torch/csrc/api/include)
    target_link_libraries(torch INTERFACE torch_cpu c10)
    # What they need of CUDA is found when they are loaded, beside them or as Python's packages lie.
    target_link_options(torch INTERFACE -Wl,--allow-shlib-undefined)
  endif()
  set(Torch_FOUND TRUE)
else()
  # TorchConfig warns where kineto's library does not lie beside libtorch_cpu, which contains it. It
  # does not look for what is set already; only TORCH_LIBRARIES would list it, and we link `torch`.
  set(kineto_LIBRARY torch_cpu)
  find_package(Torch QUIET)
  unset(kineto_LIBRARY)
endif()
unset(floatsd_torch)
