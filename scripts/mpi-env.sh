# shellcheck shell=bash
# Sourced by test.sh and others that call mpirun (Open MPI 4 and 5) themselves: lets it run on this one machine as root
# (containers), with more ranks than cores (tests), and without looking for network interfaces, of which a container may
# have odd ones. `harsanyi run --ranks N` sets what it needs of this (src/run/mpirun.c).
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none
# Debian's own list of what not to look for (its search takes seconds), and tcp.
export OMPI_MCA_btl=^tcp,uct,openib,ofi
