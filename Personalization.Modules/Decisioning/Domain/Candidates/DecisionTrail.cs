namespace Personalization.Decisioning.Domain.Candidates;

/// <summary>What became of a part that was, or was not, asked. Stored by number: numbers stay.</summary>
internal enum VisitState : byte
{
    Done,
    Failed,

    /// <summary>It came back when the decision's time was over.</summary>
    Late,

    /// <summary>Not asked: it hung or was late before.</summary>
    LeftOut,
}

/// <summary>One part's turn.</summary>
internal readonly record struct PartVisit(byte Part, VisitState State, ushort Added, int Micros);

/// <summary>A slate as a step left it.</summary>
/// <param name="Step">Place of the step; <see cref="DecisionTrail.Proposed"/> or <see cref="DecisionTrail.Baseline"/>.</param>
/// <param name="Start">Of its entries among all that are kept.</param>
/// <param name="Count">How many.</param>
internal readonly record struct SlateState(short Step, int Start, int Count);

/// <summary>A step that did not do its part.</summary>
internal readonly record struct StepFault(short Step, VisitState State);

/// <summary>Something that a step did, for whoever asks why.</summary>
/// <param name="Step">Place of the step.</param>
/// <param name="Code">What, snake_case; a constant.</param>
/// <param name="Subject">By what: the id of a rule, a cap, an experiment. No personal data.</param>
/// <param name="Item">The item that it was done to; -1 for none.</param>
/// <param name="Value">A number that belongs to it; NaN for none.</param>
internal readonly record struct DecisionNote(short Step, string Code, string? Subject, int Item, float Value);

/// <summary>
/// How a decision came about: who had a turn, and what the slate was after whatever changed it. Reused; of fixed size; what does not fit is
/// left out and said.
/// </summary>
internal sealed class DecisionTrail
{
    public const short Proposed = -1;
    public const short Baseline = -2;
    public const int MaxNotes = 32;
    private const int MaxVisits = 64;
    private const int MaxStates = 24;
    private const int MaxEntries = Slate.MaxPool * 6;
    private readonly PartVisit[] _visits = new PartVisit[MaxVisits];
    private readonly SlateState[] _states = new SlateState[MaxStates];
    private readonly StepFault[] _faults = new StepFault[MaxStates];
    private readonly DecisionNote[] _notes = new DecisionNote[MaxNotes];
    private SlateEntry[] _entries = [];
    private int _visitCount;
    private int _stateCount;
    private int _faultCount;
    private int _noteCount;
    private int _entryCount;

    /// <summary>Whether slates and notes are kept: somebody will write them down.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Something did not fit.</summary>
    public bool IsCut { get; private set; }

    public ReadOnlySpan<PartVisit> Visits => _visits.AsSpan(0, _visitCount);

    public ReadOnlySpan<SlateState> States => _states.AsSpan(0, _stateCount);

    public ReadOnlySpan<StepFault> Faults => _faults.AsSpan(0, _faultCount);

    public ReadOnlySpan<DecisionNote> Notes => _notes.AsSpan(0, _noteCount);

    /// <summary>Parts of which nothing came, as bits by number.</summary>
    public ulong Missing { get; private set; }

    public ReadOnlySpan<SlateEntry> EntriesOf(SlateState state) => _entries.AsSpan(state.Start, state.Count);

    public void Begin(bool isKept)
    {
        IsKept = isKept;
        IsCut = false;
        Missing = 0;
        _visitCount = _stateCount = _faultCount = _noteCount = _entryCount = 0;
    }

    public void Visited(byte part, VisitState state, int added, int micros)
    {
        if (state != VisitState.Done)
        {
            Missing |= 1UL << part;
        }

        if (!IsKept)
        {
            return;
        }

        if (_visitCount == MaxVisits)
        {
            IsCut = true;
            return;
        }

        _visits[_visitCount++] = new PartVisit(part, state, (ushort)added, micros);
    }

    public void Faulted(int step, VisitState state)
    {
        if (IsKept && _faultCount < MaxStates)
        {
            _faults[_faultCount++] = new StepFault((short)step, state);
        }
    }

    /// <summary>Keeps the slate if it is not what it was before.</summary>
    public void Keep(int step, ReadOnlySpan<SlateEntry> slate)
    {
        if (!IsKept || (_stateCount > 0 && IsSame(EntriesOf(_states[_stateCount - 1]), slate)))
        {
            return;
        }

        if (_entries.Length == 0)
        {
            _entries = new SlateEntry[MaxEntries];
        }

        if (_stateCount == MaxStates || _entryCount + slate.Length > MaxEntries)
        {
            IsCut = true;
            return;
        }

        slate.CopyTo(_entries.AsSpan(_entryCount));
        _states[_stateCount++] = new SlateState((short)step, _entryCount, slate.Length);
        _entryCount += slate.Length;
    }

    public void Note(int step, string code, string? subject, int item, float value)
    {
        if (!IsKept)
        {
            return;
        }

        if (_noteCount == MaxNotes)
        {
            IsCut = true;
            return;
        }

        _notes[_noteCount++] = new DecisionNote((short)step, code, subject, item, value);
    }

    private static bool IsSame(ReadOnlySpan<SlateEntry> one, ReadOnlySpan<SlateEntry> other) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(one).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes(other));
}
