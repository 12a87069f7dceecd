# shellcheck shell=bash disable=SC2034
# What differs from cluster to cluster. The job scripts and submit.sh read it; HARSANYI_SITE=FILE names another file
# instead, which may lie outside the clone. Account, partition and kind of node: options of sbatch, see sweep.sbatch.

# The modules that harsanyi was built with.
# module purge
# module load gcc openmpi hdf5

# The program. In a container: harsanyi=(apptainer exec "$HOME/harsanyi.sif" harsanyi)
harsanyi=("$jobs/../build/release/harsanyi")

# What starts one rank on each task of the job. --wait: when one rank dies, the others are ended after this many seconds
# (they have to end before the sweep can resume). Where Slurm has no pmix (srun --mpi=list): the mpirun of the Open MPI
# that harsanyi was built with.
launcher=(srun --mpi=pmix --wait=30)
# launcher=(mpirun)

# A sweep is asked to stop this many seconds before its time limit. It finishes what it evaluates (some 10 s, longer with
# very slow models), writes it, and the job is requeued. The #SBATCH --signal lines say the same number.
stop_seconds=180
