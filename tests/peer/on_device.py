#!/usr/bin/env python3
"""Runs a script that times PyTorch on the CPU on another device instead, by a clock that waits for what the device does.

    python tests/peer/on_device.py DEVICE SCRIPT [ARGUMENT …]
"""
import runpy
import sys
import time

import torch

device, script, *arguments = sys.argv[1:]
torch.set_default_device(device)
if torch.device(device).type == "cuda":
    clock = time.time

    def waiting():
        torch.cuda.synchronize()
        return clock()

    time.time = waiting
sys.argv = [script, *arguments]
runpy.run_path(script, run_name="__main__")
