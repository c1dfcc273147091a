# SPDX-License-Identifier: MIT
"""The tasks of a Hocket program in gdb: `hocket tasks`, `hocket bt ID`, `hocket task ID COMMAND`.

Works on a process and on a core file: all that it needs is read from memory. It starts at the list
of runtimes in core/runtimes.c and follows the structs of core/, by the library's debug information.
"""
import contextlib
import re

import gdb
import gdb.unwinder

PHASE, PARKING, PARKED, WOKEN = 3, 1, 2, 3  # core/task.h
ASKED = 1  # core/carrier.h
NS_MAX = (1 << 63) - 1  # HK_FOREVER
# What hki_arch_switch() leaves on a stack, from the lowest address up: arch/*/frame.c
SAVED = {"i386:x86-64": ("r15", "r14", "r13", "r12", "rbx", "rbp", "rip")}
WAITS = {
    "SLEEP": "for its time to come", "SEM": "for the semaphore {object:#x}",
    "READ": "to read from descriptor {object}", "WRITE": "to write to descriptor {object}",
    "POLL": "in hk_poll() for descriptor {object} and others",
    "INBOX": "for a job in the inbox {object:#x}", "JOB": "for the end of the job {object:#x}",
    "COND": "for the condition variable {object:#x}", "EVENT": "for the event {object:#x}",
    "LATCH": "for the latch {object:#x}", "BARRIER": "for the others at the barrier {object:#x}",
    "SEND": "for room in the channel {object:#x}",
    "RECV": "for an item from the channel {object:#x}", "SELECT": "for one of {object} cases",
}
# What has an owner: how it is called, its type, what the owner does with it.
OWNED = {
    "MUTEX": ("mutex", "hk_mutex", "holds"), "ONCE": ("end of the once", "hk_once", "runs"),
    "RWLOCK": ("readers-writer lock", "hk_rwlock", "holds"),
}
THREAD_OWNER = 1


def list_heads():
    """The variables `runtimes` of core/runtimes.c: one for each copy of the library."""
    if gdb.selected_thread() is None:
        raise gdb.GdbError("The program is not running:"
                           " start it, attach to it, or load a core file.")
    heads = [symbol.value() for symbol in gdb.lookup_static_symbols("runtimes")
             if symbol.symtab.filename.endswith("core/runtimes.c")]
    if heads:
        return heads
    try:
        gdb.parse_and_eval("(long)&hk_run")
    except gdb.error:
        raise gdb.GdbError("This program does not use libhocket.") from None
    raise gdb.GdbError(
        "libhocket has no debug information here, so its tasks cannot be found. Use a library that"
        " was built with -g\n(Meson's buildtype=debugoptimized, which is the default) and not"
        " stripped, or load what was stripped with\nadd-symbol-file; a core file needs the very"
        " library that the program ran with.")


def page_size():
    found = re.search(r"AT_PAGESZ.*?(\d+)\s*$", gdb.execute("info auxv", to_string=True), re.M)
    return int(found.group(1)) if found else 4096


def function_at(address):
    """"bake" for an address in its code, else the address."""
    block = gdb.block_for_pc(address)
    while block and not block.function:
        block = block.superblock
    return block.function.name if block else f"{address:#x}"


class Task:
    def __init__(self, runtime, record):
        self.runtime = runtime
        self.record = record
        self.address = int(record.address)
        self.number = int(record["id"])
        self.name = record["name"].string("utf-8", "replace")
        self.phase = int(record["word"]) & PHASE
        self.carrier = runtime.bearers.get(self.address)

    def who(self):
        return f'task {self.number} "{self.name}"'

    def bottom(self):
        return self.address + self.record.type.sizeof - (16384 << int(self.record["stack_class"]))

    def holds(self, address):
        """Whether an address is on its stack."""
        return self.bottom() <= address < self.address

    def thread(self):
        return self.carrier and int(self.carrier["thread_id"])

    def called_from(self):
        """Where the program called what the task waits in."""
        place = int(self.record["wait_place"])
        if not place:
            return ""
        function, line = function_at(place - 1), gdb.find_pc_line(place - 1)
        if function == "task_main":  # a tail call: the call left nothing of the caller
            return f", at the end of {function_at(int(self.record['fn']))}()"
        where = f" at {line.symtab.filename}:{line.line}" if line.symtab else ""
        return f", called in {function}(){where}"

    def wait_for_owner(self, what, kind, does):
        thing = self.record["wait_object"].cast(gdb.lookup_type(f"struct {kind}").pointer())
        owner = int(thing["owner"])
        text = f"for the {what} {int(thing):#x}"
        if not owner:
            return text
        if owner & THREAD_OWNER:
            return text + f", which a thread outside the runtime {does}"
        record = thing["owner"].cast(gdb.lookup_type("struct hk_task").pointer()).dereference()
        return text + f", which {Task(self.runtime, record).who()} {does}"

    def wait(self):
        record = self.record
        cause = str(record["wait_cause"].cast(gdb.lookup_type("enum hk_cause")))
        cause = cause.replace("HK_CAUSE_", "")
        address = int(record["wait_object"])
        if cause in ("JOIN", "SPAWN"):
            where = record["wait_where"].string() if record["wait_where"] else "?"
            text = (f"to join the tasks of its scope of {where}" if cause == "JOIN" else
                    f"for room in the scope of {where}")
        elif cause in OWNED:
            text = self.wait_for_owner(*OWNED[cause])
        else:
            text = WAITS.get(cause, cause).format(object=address)
        limit = cause != "SLEEP" and int(record["wait_deadline"]) < NS_MAX
        return text + self.called_from() + (" (with a time limit)" if limit else "")

    def state(self):
        """Two texts: the state in a word, and what there is to say about it."""
        record, thread = self.record, self.thread()
        if record["callee"]:
            callee = Task(self.runtime, record["callee"].dereference())
            return "calls", callee.who()
        if self.phase in (PARKING, PARKED):
            return "waits", self.wait()
        if self.phase == WOKEN or not self.carrier:
            return ("ready", "") if record["started"] else (
                "new", f"function {function_at(int(record['fn']))}()")
        own = int(self.carrier["own"])
        if own == ASKED:
            return "blocked", f"on thread {thread}, in a call, without a worker"
        if not own:
            return "frozen", f"on thread {thread}, interrupted, ready to go on"
        worker = gdb.Value(own & ~ASKED).cast(gdb.lookup_type("struct worker").pointer())
        inside = ", in hk_blocking()" + self.called_from() if record["lent"] else ""
        return "runs", f"on worker {int(worker['index'])}, on thread {thread}{inside}"


class Runtime:
    def __init__(self, number, struct):
        self.number = number
        self.struct = struct
        carriers = [struct["carriers"][i] for i in range(int(struct["slots_used"]))]
        self.threads = {int(carrier["thread_id"]) for carrier in carriers}
        self.bearers = {int(carrier["current"]): carrier for carrier in carriers
                        if carrier["current"]}

    def title(self):
        options = self.struct["options"]
        execution = str(options["as"]).replace("HK_", "").lower()
        return (f"run {self.number} '{options['name'].string()}': {execution}, "
                f"{int(self.struct['workers_count'])} worker(s)")

    def tasks(self):
        record_type = gdb.lookup_type("struct hk_task")
        page = page_size()
        classes = self.struct["stacks"]["classes"]
        first, last = classes.type.range()
        found = []
        for number in range(first, last + 1):
            chunk = classes[number]["chunks"]
            while chunk:
                for slot in range(int(chunk["used"])):
                    end = int(chunk) + page + (slot + 1) * int(chunk["stride"])
                    record = gdb.Value(end - record_type.sizeof)
                    record = record.cast(record_type.pointer()).dereference()
                    if record["live"]:
                        found.append(Task(self, record))
                chunk = chunk["next"]
        return sorted(found, key=lambda task: task.number)


def runtimes():
    found = []
    for struct in list_heads():
        while struct:
            found.append(Runtime(len(found) + 1, struct.dereference()))
            struct = struct["next"]
    return found


def find(text):
    """The task that "ID", or "RUN.ID", names."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d+)", text)
    if not match:
        raise gdb.GdbError(f"'{text}' is no task: write its ID, or RUN.ID where there are several"
                           " runs; `hocket tasks` lists them.")
    run, number = match.groups()
    fits = [task for runtime in runtimes() if run in (None, str(runtime.number))
            for task in runtime.tasks() if task.number == int(number)]
    if not fits:
        raise gdb.GdbError(f"There is no task {text}; `hocket tasks` lists them.")
    if len(fits) > 1:
        names = " or ".join(f"{task.runtime.number}.{number}" for task in fits)
        raise gdb.GdbError(f"There is a task {number} in several runs: write {names}.")
    return fits[0]


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class OtherStack(gdb.unwinder.Unwinder):
    """While it is on, the caller of a thread's innermost frame is a task that does not run."""

    def __init__(self):
        super().__init__("hocket")
        self.here = None

    def __call__(self, pending):
        if self.here is None or int(pending.read_register("sp")) != self.here:
            return None
        info = pending.create_unwind_info(FrameId(gdb.Value(self.sp), pending.read_register("pc")))
        for name, value in self.registers.items():
            info.add_saved_register(name, gdb.Value(value))
        return info

    @contextlib.contextmanager
    def stack_of(self, task):
        frame = gdb.newest_frame()
        names = SAVED.get(frame.architecture().name())
        if names is None:
            raise gdb.GdbError("Stacks of tasks that do not run can be shown on x86-64 only.")
        self.sp = int(task.record["sp"])
        memory = gdb.Value(self.sp).cast(gdb.lookup_type("unsigned long").pointer())
        self.registers = {name: int(memory[i]) for i, name in enumerate(names)}
        self.registers["rsp"] = self.sp + 8 * len(names)
        self.here = int(frame.read_register("sp"))
        gdb.invalidate_cached_frames()
        try:
            yield
        finally:
            self.here = None
            gdb.invalidate_cached_frames()


other_stack = OtherStack()
gdb.unwinder.register_unwinder(None, other_stack, replace=True)


def thread_of(task):
    """The thread that is on the task's stack, or was interrupted there; None: it has left it."""
    others = task.runtime.tasks()
    for thread in gdb.selected_inferior().threads():
        if thread.ptid[1] not in task.runtime.threads:
            continue
        thread.switch()
        sp = int(gdb.newest_frame().read_register("sp"))
        on = [other for other in others if other.holds(sp)]
        # In a handler, which has a stack of its own, the carrier says whom it interrupted.
        if on and on[0].number == task.number or not on and thread.ptid[1] == task.thread():
            return thread
    return None


@contextlib.contextmanager
def selected(task):
    """Selects the task's thread, or makes its stack the thread's. Yields its innermost frame."""
    before, level = gdb.selected_thread(), gdb.selected_frame().level()
    try:
        if thread_of(task):
            yield gdb.newest_frame()
            return
        before.switch()
        if not task.record["started"]:
            raise gdb.GdbError(f"{task.who()} has not started: it has no stack yet.")
        with other_stack.stack_of(task):
            frame = gdb.newest_frame().older()
            frame.select()
            yield frame
    finally:
        before.switch()
        gdb.execute(f"frame {level}", to_string=True)


def arguments(frame):
    try:
        block = frame.block()
    except RuntimeError:
        return ""
    while block and not block.function:
        block = block.superblock
    texts = []
    for symbol in block or ():
        if symbol.is_argument:
            try:
                texts.append(f"{symbol.name}={frame.read_var(symbol)}")
            except gdb.error as error:
                texts.append(f"{symbol.name}=<{error}>")
    return ", ".join(texts)


def line_of(number, frame):
    line = frame.find_sal()
    if line.symtab:
        where = f" at {line.symtab.filename}:{line.line}"
    else:
        where = f" from {gdb.solib_name(frame.pc()) or '?'}"
    return f"#{number:<3d}{frame.pc():#018x} in {frame.name() or '??'} ({arguments(frame)}){where}"


def print_stack(frame):
    number = 0
    while frame:
        print(line_of(number, frame))
        number += 1
        last, frame = frame, frame.older()
    reason = last.unwind_stop_reason()
    if reason not in (gdb.FRAME_UNWIND_NO_REASON, gdb.FRAME_UNWIND_OUTERMOST):
        print("The stack ends too early:", gdb.frame_stop_reason_string(reason))


def print_tasks():
    found = runtimes()
    if not found:
        print("No run is going on: hk_run() has not been called, or has returned.")
    for runtime in found:
        rows = [(str(task.number), task.name, *task.state()) for task in runtime.tasks()]
        rows.insert(0, ("ID", "NAME", "STATE", ""))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        print(runtime.title())
        for number, name, state, rest in rows:
            print(f"  {number:>{widths[0]}}  {name:{widths[1]}}  {state:{widths[2]}}  {rest}"
                  .rstrip())


class Hocket(gdb.Command):
    """Tasks of a program that uses libhocket."""

    def __init__(self):
        super().__init__("hocket", gdb.COMMAND_STACK, prefix=True)


class Tasks(gdb.Command):
    """List all tasks of all runs: ID, name, state, and what they wait for.

States: runs; ready; new (has not started); waits; calls (runs another task first, without
interleaving); frozen (interrupted in the middle of its code); blocked (in a call that blocks)."""

    def invoke(self, argument, from_tty):
        print_tasks()


class Backtrace(gdb.Command):
    """Print the stack of a task, whatever it does: hocket bt ID, or hocket bt RUN.ID."""

    def __init__(self):
        super().__init__("hocket bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        task = find(argument.strip())
        print(task.who(), *task.state())
        with selected(task) as frame:
            print_stack(frame)


class InTask(gdb.Command):
    """Execute a command of gdb on the stack of a task: hocket task ID COMMAND.

For example: hocket task 3 bt full, or hocket task 3 frame function bake. Of a task that does not
run, frame #0 is the current thread's, and its own frames begin at #1."""

    def __init__(self):
        super().__init__("hocket task", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        number, _, command = argument.strip().partition(" ")
        task = find(number)
        if not command:
            raise gdb.GdbError("Write what to do there as well: hocket task ID COMMAND.")
        with selected(task):
            gdb.execute(command)


Hocket()
Tasks("hocket tasks", gdb.COMMAND_STATUS)
Tasks("info hocket-tasks", gdb.COMMAND_STATUS)
Backtrace()
InTask()
