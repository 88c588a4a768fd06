"""Tests of the installed wheel: python3 -m unittest discover -s python/tests"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

import mmjsonl

SMALL = {"image_mode": "datauri", "image_size": 8, "user_text_tokens": 3}


class ModuleTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)

    def test_generate_returns_the_manifest(self) -> None:
        made = mmjsonl.generate(num_requests=200, hit_rate="0.6@40", output=self.folder / "x.jsonl", **SMALL)
        self.assertEqual(made.figures.capacities[0].hit_rate, 0.6)
        self.assertEqual(made.file.bytes, (self.folder / "x.jsonl").stat().st_size)
        written = json.loads((self.folder / "x.jsonl.manifest.json").read_text())
        self.assertEqual(made.to_dict(), written)
        self.assertEqual(mmjsonl.Manifest.from_dict(written), made)
        self.assertEqual(mmjsonl.regenerate("x.jsonl.manifest.json", output="y.jsonl").file.sha256, made.file.sha256)

    def test_plan_writes_nothing(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plan = mmjsonl.plan(num_requests=200, hit_rate="0.6@40", **SMALL)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.assertTrue(plan.dry_run)
        self.assertEqual(plan.figures, mmjsonl.generate(num_requests=200, hit_rate="0.6@40", **SMALL).figures)

    def test_inspect_returns_every_file(self) -> None:
        for name, rate in (("a", 0.3), ("b", 0.6)):
            mmjsonl.generate(num_requests=200, hit_rate=f"{rate}@40", output=f"{name}.jsonl", **SMALL)
        found = mmjsonl.inspect("a.jsonl", Path("b.jsonl"), cache_images=[20, 40])
        self.assertEqual([file.file for file in found.files], ["a.jsonl", "b.jsonl"])
        self.assertEqual([file.capacities[1].hit_rate for file in found.files], [0.3, 0.6])
        self.assertEqual([p.capacity for p in found.files[0].hit_curve_fixed], [p.capacity for p in found.files[1].hit_curve_fixed])
        self.assertIsInstance(found.files[0].hit_curve[0].hit_rate, float)
        again = mmjsonl.Inspect.from_dict(found.to_dict())
        self.assertEqual(again, found)
        with self.assertRaises(dataclasses.FrozenInstanceError):
            found.files[0].lines = 1  # type: ignore[misc]

    def test_compare_returns_verdicts(self) -> None:
        mmjsonl.generate(num_requests=200, hit_rate="0.6@40", output="a.jsonl", **SMALL)
        for hits, agrees in ((360, True), (100, False)):
            for name, factor in (("before", 0), ("after", 1)):
                Path(f"{name}.prom").write_text(
                    "# TYPE vllm:mm_cache_queries_total counter\n" f"vllm:mm_cache_queries_total {600 * factor}\n"
                    "# TYPE vllm:mm_cache_hits_total counter\n" f"vllm:mm_cache_hits_total {hits * factor}\n"
                )
            compared = mmjsonl.compare("a.jsonl", before="before.prom", after="after.prom", cache_images=40)
            self.assertEqual(len(compared.runs), 1)
            self.assertEqual(mmjsonl.Compare.from_dict(compared.to_dict()), compared)
            self.assertEqual(compared.runs[0].verdict == "agrees", agrees)
        with self.assertRaisesRegex(mmjsonl.Error, "missing"):
            mmjsonl.compare("missing")

    def test_keywords_of_python_are_fields(self) -> None:
        mmjsonl.generate(num_requests=20, images_pool=6, output="a.jsonl", **SMALL)
        ages = mmjsonl.inspect("a.jsonl").files[0].reuse_ages
        self.assertEqual(ages[0].from_, 1)
        self.assertEqual(ages[0].to_dict()["from"], 1)

    def test_errors_have_the_words_of_the_program(self) -> None:
        with self.assertRaises(mmjsonl.InputError) as caught:
            mmjsonl.generate(num_requests=0, image_size="x")  # type: ignore[arg-type]
        self.assertEqual(caught.exception.code, 2)
        lines = str(caught.exception).splitlines()
        self.assertEqual(len(lines), 2)
        self.assertTrue(any("--num-requests 0 is too small: give at least 1" in line for line in lines), lines)
        with self.assertRaises(mmjsonl.InputError) as caught:
            mmjsonl.generate(num_request=5)  # type: ignore[call-arg]
        self.assertIn("did you mean --num-requests?", str(caught.exception))

        (self.folder / "bad.jsonl").write_text('{"text":"a"}\n{\n')
        with self.assertRaises(mmjsonl.FileError) as failed:
            mmjsonl.inspect("bad.jsonl", "missing.jsonl")
        self.assertIn("missing.jsonl", str(failed.exception))
        self.assertEqual([file.bad_row_count for file in failed.exception.result.files], [1])

    def test_warnings_are_warnings(self) -> None:
        with self.assertWarnsRegex(mmjsonl.MmjsonlWarning, "zipf-exponent"):
            mmjsonl.generate(num_requests=20, images_pool=6, zipf_exponent=2.0, **SMALL)

    def test_environment_of_other_runs_is_not_read(self) -> None:
        os.environ["INPUT_NUM_REQUESTS"] = "7"
        os.environ["GITHUB_ACTIONS"] = "true"
        self.addCleanup(os.environ.pop, "INPUT_NUM_REQUESTS")
        self.addCleanup(os.environ.pop, "GITHUB_ACTIONS")
        self.assertEqual(mmjsonl.generate(num_requests=20, **SMALL).figures.requests, 20)

    def test_the_program_is_on_the_path_of_the_environment(self) -> None:
        version = mmjsonl.version()
        for line in ([mmjsonl.path(), "--version"], [sys.executable, "-m", "mmjsonl", "--version"]):
            said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
            self.assertEqual(said, f"mmjsonl {version.mmjsonl}\n")
        self.assertEqual(subprocess.run([sys.executable, "-m", "mmjsonl", "-n", "x"], capture_output=True, check=False).returncode, 2)


if __name__ == "__main__":
    unittest.main()
