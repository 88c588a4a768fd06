package inputs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/problem"
)

// Shard says which part of a file a process makes: 3/16; or that the engine which started the process tells it: auto, or auto/16 where it
// does not tell how many there are.
type Shard struct {
	generator.Shard
	Auto bool
}

func (s *Shard) parse(text string) []fault {
	const remedy = "give INDEX/COUNT like 0/16, the first of 16, or auto"
	index, count, hasCount := strings.Cut(text, "/")
	var parsed Shard
	parsed.Auto = strings.TrimSpace(index) == "auto"
	if !hasCount && !parsed.Auto {
		return []fault{{"is not a shard", remedy}}
	}
	if hasCount {
		if len(parseInteger(&parsed.Count, strings.TrimSpace(count))) > 0 {
			return []fault{{"is not a shard", remedy}}
		}
		if parsed.Count < 1 || parsed.Count > generator.MaxShards {
			return []fault{{"is out of range", fmt.Sprintf("give a count from 1 to %d", generator.MaxShards)}}
		}
	}
	if !parsed.Auto {
		if len(parseInteger(&parsed.Index, strings.TrimSpace(index))) > 0 {
			return []fault{{"is not a shard", remedy}}
		}
		if parsed.Index < 0 || parsed.Index >= parsed.Count {
			return []fault{{"is out of range", fmt.Sprintf("the first is 0/%d, the last %d/%d", parsed.Count, parsed.Count-1, parsed.Count)}}
		}
	}
	*s = parsed
	return nil
}

// task is one of several that an engine starts with the same command.
type task struct {
	by           string // the variable that says which it is
	index, count int64  // count is 0 if the engine does not tell it
}

// Task returns which of its engine's tasks this process is: a task of an array, or of a group that is started together, or both. s is what
// was asked for; its count, if it has one, has to be the engine's. The error is what is wrong, a colon, and what to do.
func (e Environment) Task(s Shard) (shard generator.Shard, by string, err error) {
	array, err := e.arrayTask(s.Count)
	if err != nil {
		return shard, "", err
	}
	rank, err := e.rank()
	if err != nil {
		return shard, "", err
	}
	t := array
	switch {
	case array == nil && rank == nil:
		return shard, "", fmt.Errorf("no engine tells this process which of its tasks it is: give INDEX/COUNT, or start it by one of %s", engines)
	case array == nil:
		t = rank
	case rank == nil || rank.count == 1:
	case array.count == 0:
		return shard, "", fmt.Errorf("%s and %s both tell which task this is, and not how many there are in all: give INDEX/COUNT", array.by, rank.by)
	default: // each task of the array is a group
		t = &task{array.by + " and " + rank.by, array.index*rank.count + rank.index, array.count * rank.count}
	}
	switch {
	case t.count == 0 && s.Count == 0:
		return shard, "", fmt.Errorf("%s tells which task this is, and nothing how many there are: give auto/COUNT", t.by)
	case t.count == 0:
		t.count = s.Count
	case s.Count > 0 && s.Count != t.count:
		return shard, "", fmt.Errorf("%s is one of %d tasks, not of %d: give auto, or INDEX/%d for a part of the tasks", t.by, t.count, s.Count, s.Count)
	}
	if t.count < 1 || t.count > generator.MaxShards || t.index < 0 || t.index >= t.count {
		return shard, "", fmt.Errorf("%s says that this is task %d, counted from 0, of %d: give INDEX/COUNT", t.by, t.index, t.count)
	}
	return generator.Shard{Index: t.index, Count: t.count}, t.by, nil
}

const engines = "Slurm, Kubernetes, AWS Batch, PBS, LSF, SGE, MPI or torchrun"

// arrayTask returns which task of an array this is; nil if it is none. count is how many there are, if the user has told.
func (e Environment) arrayTask(count int64) (*task, error) {
	var all []*task
	for _, array := range []struct{ index, first, last, step, count string }{
		{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"},
		{"LSB_JOBINDEX", "LSB_JOBINDEX_FIRST", "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", ""}, // from 1
		{"SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", ""},
	} {
		if id := e[array.index]; id == "" || id == "undefined" || id == "0" && array.count == "" {
			continue // LSF and SGE set these for jobs that are no arrays
		}
		first, step := int64(1), int64(1)
		if array.count != "" {
			first = 0
		}
		id, err := e.number(array.index)
		var last, told int64
		for _, n := range []struct {
			name  string
			value *int64
		}{{array.first, &first}, {array.step, &step}, {array.last, &last}, {array.count, &told}} {
			if e[n.name] != "" && err == nil {
				*n.value, err = e.number(n.name)
			}
		}
		if err != nil {
			return nil, err
		}
		if step < 1 || (id-first)%step != 0 || e[array.last] != "" && (last-first)%step != 0 {
			return nil, fmt.Errorf("%s %d is not a task of an array from %d in steps of %d: give INDEX/COUNT", array.index, id, first, step)
		}
		t := &task{by: array.index, index: (id - first) / step}
		if e[array.last] != "" {
			t.count = (last-first)/step + 1
		}
		if told > 0 && t.count > 0 && told != t.count {
			return nil, fmt.Errorf("the tasks of %s are not all from %d to %d, there are %d of them: give INDEX/COUNT, or an array without gaps", array.index, first, last, told)
		}
		t.count = max(t.count, told)
		all = append(all, t)
	}
	for _, array := range []struct {
		index, count string
		first        int64
	}{
		{"JOB_COMPLETION_INDEX", "", 0},
		{"AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", 0},
		{"PBS_ARRAY_INDEX", "", 1},
		{"PBS_ARRAYID", "", 1},
	} {
		if e[array.index] == "" {
			continue
		}
		id, err := e.number(array.index)
		if err != nil {
			return nil, err
		}
		if id < array.first {
			return nil, fmt.Errorf("%s is %d, and arrays of PBS have to begin at 1 here: submit it with -J 1-COUNT, or give INDEX/COUNT", array.index, id)
		}
		t := &task{by: array.index, index: id - array.first}
		if e[array.count] != "" {
			if t.count, err = e.number(array.count); err != nil {
				return nil, err
			}
		}
		all = append(all, t)
	}
	if len(all) > 1 {
		return nil, fmt.Errorf("%s and %s both tell which task this is: give INDEX/COUNT", all[0].by, all[1].by)
	}
	if len(all) == 0 {
		return nil, nil
	}
	return all[0], nil
}

// rank returns which process this is of a group that is started together; nil if it is none. The innermost launcher counts: mpirun and
// torchrun are started by Slurm as well, whose variables their processes inherit.
func (e Environment) rank() (*task, error) {
	for _, group := range [][]string{ // the rank, and names of the size
		{"RANK", "WORLD_SIZE"}, // torchrun, Ray Train
		{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
		{"PMI_RANK", "PMI_SIZE"}, // MPICH, Intel MPI
		{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"},
	} {
		size := slices.IndexFunc(group[1:], func(name string) bool { return e[name] != "" })
		if e[group[0]] == "" || size < 0 {
			continue
		}
		// A batch script has a number too, although srun has not started it and there is no other.
		if group[0] == "SLURM_PROCID" && e["SLURM_JOB_ID"] != "" && e["SLURM_STEP_ID"] == "" && e["SLURM_STEPID"] == "" {
			continue
		}
		index, err := e.number(group[0])
		if err != nil {
			return nil, err
		}
		count, err := e.number(group[1+size])
		if err != nil {
			return nil, err
		}
		return &task{group[0], index, count}, nil
	}
	return nil, nil
}

// number is a variable that an engine sets.
func (e Environment) number(name string) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(e[name]), 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0, fmt.Errorf("%s is %.100q, which is not the number of a task: give INDEX/COUNT", name, e[name])
	}
	return n, nil
}

// FindShard sets the configuration's shard to what the input says, or the engine. by is the variable that told, or "".
func (g *Generate) FindShard(c *generator.Config, e Environment) (by string, problems problem.List) {
	s := g.Shard.Get()
	c.Shard = s.Shard
	if s.Auto {
		var err error
		if c.Shard, by, err = e.Task(s); err != nil {
			fault, remedy, _ := strings.Cut(err.Error(), ": ")
			problems.Add("shard", "%s %s: %s\n%s", problem.Name("shard"), g.Shard.Text(), fault, remedy)
		}
	}
	if (c.Shard.Count > 0 || s.Auto) && g.Seed.Get().Random {
		problems.Add("seed", "%s random is another one in each shard\ngive the same number to all", problem.Name("seed"))
	}
	return by, problems
}
