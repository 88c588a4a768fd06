package inputs

import (
	"strings"
	"testing"

	"mmjsonl/generator"
)

func TestShardText(t *testing.T) {
	for text, want := range map[string]Shard{
		"0/1": {Shard: generator.Shard{Index: 0, Count: 1}}, "3/16": {Shard: generator.Shard{Index: 3, Count: 16}}, " 15 / 16 ": {Shard: generator.Shard{Index: 15, Count: 16}},
		"auto": {Auto: true}, "auto/16": {Auto: true, Shard: generator.Shard{Count: 16}},
	} {
		var got Shard
		if faults := got.parse(strings.TrimSpace(text)); len(faults) > 0 || got != want {
			t.Errorf("%q is %+v, %v, want %+v", text, got, faults, want)
		}
	}
	for _, text := range []string{"3", "16/16", "-1/16", "0/0", "0/-1", "1/0", "0/100001", "a/b", "1/", "/2", "1/2/3", "auto/", "auto/0", "1.5/3", "99999999999999999999/3"} {
		var got Shard
		if faults := got.parse(text); len(faults) == 0 || got != (Shard{}) {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

// What engines set was seen in their tasks, or is in their manuals.
func TestTaskOfEngine(t *testing.T) {
	array := func(id, first, last, step, count string) Environment {
		return Environment{"SLURM_ARRAY_TASK_ID": id, "SLURM_ARRAY_TASK_MIN": first, "SLURM_ARRAY_TASK_MAX": last, "SLURM_ARRAY_TASK_STEP": step, "SLURM_ARRAY_TASK_COUNT": count,
			"SLURM_JOB_ID": "7", "SLURM_PROCID": "0", "SLURM_NTASKS": "1"}
	}
	with := func(e Environment, pairs ...string) Environment {
		for _, pair := range pairs {
			name, value, _ := strings.Cut(pair, "=")
			e[name] = value
		}
		return e
	}
	for _, test := range []struct {
		name  string
		env   Environment
		count int64 // of auto/COUNT
		want  string
		wrong string
	}{
		{name: "Slurm array", env: array("3", "0", "15", "1", "16"), want: "3/16"},
		{name: "Slurm array from 1", env: array("1", "1", "16", "1", "16"), want: "0/16"},
		{name: "Slurm array in steps", env: array("14", "2", "18", "4", "5"), want: "3/5"},
		{name: "Slurm array, the count given too", env: array("3", "0", "15", "1", "16"), count: 16, want: "3/16"},
		{name: "Slurm array, another count given", env: array("3", "3", "3", "1", "1"), count: 16, wrong: "is one of 1 tasks, not of 16"},
		{name: "Slurm array with gaps", env: array("3", "1", "9", "1", "3"), wrong: "there are 3 of them"},
		{name: "Slurm array, a task between steps", env: array("3", "0", "8", "2", "5"), wrong: "in steps of 2"},
		{name: "srun", env: Environment{"SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "6", "SLURM_NTASKS": "8"}, want: "5/6"},
		{name: "srun, by its older names", env: Environment{"SLURM_PROCID": "0", "SLURM_NPROCS": "8"}, want: "0/8"},
		{name: "a batch script, which srun has not started", env: Environment{"SLURM_JOB_ID": "7", "SLURM_PROCID": "0", "SLURM_NTASKS": "8"}, wrong: "no engine"},
		{name: "srun in a Slurm array", env: with(array("2", "0", "3", "1", "4"), "SLURM_STEP_ID=0", "SLURM_PROCID=1", "SLURM_STEP_NUM_TASKS=5"), want: "11/20"},
		{name: "mpirun in a Slurm job", env: Environment{"SLURM_JOB_ID": "7", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2", "OMPI_COMM_WORLD_RANK": "6", "OMPI_COMM_WORLD_SIZE": "8"}, want: "6/8"},
		{name: "MPICH", env: Environment{"PMI_RANK": "2", "PMI_SIZE": "3"}, want: "2/3"},
		{name: "torchrun", env: Environment{"RANK": "2", "WORLD_SIZE": "3"}, want: "2/3"},
		{name: "Kubernetes", env: Environment{"JOB_COMPLETION_INDEX": "3"}, count: 16, want: "3/16"},
		{name: "Kubernetes without a count", env: Environment{"JOB_COMPLETION_INDEX": "3"}, wrong: "give auto/COUNT"},
		{name: "Kubernetes, more tasks than the count", env: Environment{"JOB_COMPLETION_INDEX": "16"}, count: 16, wrong: "is task 16"},
		{name: "AWS Batch", env: Environment{"AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "2"}, want: "0/2"},
		{name: "PBS", env: Environment{"PBS_ARRAY_INDEX": "16"}, count: 16, want: "15/16"},
		{name: "PBS from 0", env: Environment{"PBS_ARRAY_INDEX": "0"}, count: 16, wrong: "-J 1-COUNT"},
		{name: "LSF", env: Environment{"LSB_JOBINDEX": "4", "LSB_JOBINDEX_END": "8", "LSB_JOBINDEX_STEP": "1"}, want: "3/8"},
		{name: "LSF, not an array", env: Environment{"LSB_JOBINDEX": "0"}, wrong: "no engine"},
		{name: "SGE", env: Environment{"SGE_TASK_ID": "7", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "9", "SGE_TASK_STEPSIZE": "2"}, want: "3/5"},
		{name: "SGE, not an array", env: Environment{"SGE_TASK_ID": "undefined", "SGE_TASK_LAST": "undefined"}, wrong: "no engine"},
		{name: "two engines", env: Environment{"JOB_COMPLETION_INDEX": "3", "AWS_BATCH_JOB_ARRAY_INDEX": "3"}, count: 4, wrong: "both tell"},
		{name: "not a number", env: Environment{"PMI_RANK": "::error::\n", "PMI_SIZE": "3"}, wrong: `"::error::\n"`},
		{name: "none", wrong: "no engine"},
	} {
		got, by, err := test.env.Task(Shard{Auto: true, Shard: generator.Shard{Count: test.count}})
		switch {
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong) || !strings.Contains(err.Error(), ": ")):
			t.Errorf("%s: %s, %v, want an error with %q", test.name, got, err, test.wrong)
		case test.wrong == "" && (err != nil || got.String() != test.want || by == ""):
			t.Errorf("%s: %s by %q, %v, want %s", test.name, got, by, err, test.want)
		}
	}
}
