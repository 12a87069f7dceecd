# Untried: written by the documentation of Spack 1.0; the packages and variants are in Spack's repository of July 2026.
#
# Put it into a repository of yours as packages/harsanyi/package.py, and in the folder of the source type
#   spack dev-build harsanyi@0.2.0
# For ONNX models set HARSANYI_ONNXRUNTIME_ROOT to an unpacked release archive of ONNX Runtime before.
from spack.package import depends_on, license, version
from spack_repo.builtin.build_systems.cmake import CMakePackage, generator


class Harsanyi(CMakePackage):
    """Every interaction that a deep network encodes on a sample: Harsanyi dividends from all its masked versions."""

    license("MIT")
    version("0.2.0")
    generator("ninja")

    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("openmpi@4:")
    depends_on("hdf5~mpi")
    depends_on("libyaml")
    depends_on("jansson")
    depends_on("isa-l")
    depends_on("openssl")

    def cmake_args(self) -> list[str]:
        return [self.define("HARSANYI_BUILD_TESTS", False), self.define("HDF5_ROOT", self.spec["hdf5"].prefix)]
