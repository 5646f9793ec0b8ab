using Personalization.Consent.Contracts;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Tracking.Contracts;

namespace Personalization.Decisioning.Domain.Journal;

/// <summary>A part's turn, as it was written down.</summary>
internal sealed record RecordedVisit(byte Part, string Code, VisitState State, int Added, int Micros);

/// <summary>A slate as a step left it. The step is null for the candidates as they were proposed, and <c>baseline</c> for what took the place of a broken seal.</summary>
internal sealed record RecordedState(string? Step, SlateEntry[] Entries);

/// <summary>A step that did not do its part.</summary>
internal sealed record RecordedFault(string Step, VisitState State);

/// <summary>Why a step did something.</summary>
internal sealed record RecordedNote(string Step, string Code, string? Subject, int Item, float Value);

/// <summary>What a ranker saw.</summary>
/// <param name="Version">Of what it knew.</param>
/// <param name="Exploration">Factor of its chance.</param>
/// <param name="Features">By row; 64 bytes each.</param>
internal sealed record RecordedRanking(long Version, float Exploration, byte[][] Features);

/// <summary>
/// A decision as it was written down: what went in, who had a turn, the slate after whatever changed it, and the answer. Layout: version 1, then the
/// fields in the order in which <c>Write</c> puts them; numbers as LEB128, signed ones zigzag.
/// </summary>
internal sealed record DecisionRecord
{
    private const byte Version = 1;
    private const string BaselineStep = "baseline";

    public required Guid Id { get; init; }

    public required long AtMs { get; init; }

    public required string Placement { get; init; }

    public required PlacementKind Kind { get; init; }

    public required int Limit { get; init; }

    public required float BudgetMs { get; init; }

    public required int Micros { get; init; }

    public required float Diversity { get; init; }

    public required float Novelty { get; init; }

    /// <summary>Whose profile was used; -1 for none.</summary>
    public required int ProfileId { get; init; }

    /// <summary>Something did not fit; then it cannot be repeated.</summary>
    public required bool IsCut { get; init; }

    public required ConsentUse Consent { get; init; }

    public required string ModelVersion { get; init; }

    public string? NotPersonalized { get; init; }

    public string? Fallback { get; init; }

    public required int[] Session { get; init; }

    public required RecordedVisit[] Visits { get; init; }

    public required RecordedFault[] Faults { get; init; }

    public required RecordedNote[] Notes { get; init; }

    public required RecordedState[] States { get; init; }

    public RecordedRanking? Ranking { get; init; }

    /// <summary>The answer: the first so many of the last state.</summary>
    public required int AnswerCount { get; init; }

    public ReadOnlySpan<SlateEntry> Answer => States is [.., var last] ? last.Entries.AsSpan(0, Math.Min(AnswerCount, last.Entries.Length)) : [];

    /// <summary>Writes a decision that was just made.</summary>
    public static void Write(DecisionContext context, Recommendations answer, CandidatePlan plan, IReadOnlyList<string> steps, RecordBuffer to)
    {
        var (placement, trail) = (context.Placement, context.Trail);
        to.Clear();
        to.Byte(Version);
        to.Id(context.DecisionId);
        to.Number(context.NowMs);
        to.Text(placement.Name);
        to.Byte((byte)placement.Kind);
        to.Unsigned((ulong)context.Slate.Limit);
        to.Single((float)placement.Budget.TotalMilliseconds);
        to.Unsigned((ulong)context.Micros);
        to.Single(placement.Diversity);
        to.Single(placement.Novelty);
        to.Number(context.ProfileId);
        to.Byte(trail.IsCut ? (byte)1 : (byte)0);
        Write(answer.Consent, to);
        to.Text(answer.ModelVersion);
        to.Text(answer.NotPersonalizedReason);
        to.Text(answer.FallbackReason);
        to.Unsigned((ulong)context.SessionCount);
        foreach (var item in context.Session)
        {
            to.Number(item);
        }

        WriteTrail(trail, plan, steps, to);
        WriteRanking(context, to);
        to.Unsigned((ulong)answer.Items.Count);
        (to.DecisionId, to.AtMs, to.ProfileId, to.Ranker) = (context.DecisionId, context.NowMs, context.ProfileId, context.Ranker);
    }

    /// <exception cref="InvalidDataException">It is damaged, or of a later program.</exception>
    public static DecisionRecord Read(ReadOnlySpan<byte> bytes)
    {
        var from = new RecordReader(bytes);
        if (from.Byte() is var version && version != Version)
        {
            throw new InvalidDataException($"A decision's record is of version {version}; this program reads {Version}.");
        }

        return new DecisionRecord
        {
            Id = from.Id(),
            AtMs = from.Number(),
            Placement = from.Text() ?? "",
            Kind = (PlacementKind)from.Byte(),
            Limit = from.Count(Slate.MaxLimit),
            BudgetMs = from.Single(),
            Micros = (int)from.Unsigned(),
            Diversity = from.Single(),
            Novelty = from.Single(),
            ProfileId = (int)from.Number(),
            IsCut = from.Byte() != 0,
            Consent = ReadConsent(ref from),
            ModelVersion = from.Text() ?? "",
            NotPersonalized = from.Text(),
            Fallback = from.Text(),
            Session = ReadItems(ref from),
            Visits = ReadVisits(ref from),
            Faults = ReadFaults(ref from),
            Notes = ReadNotes(ref from),
            States = ReadStates(ref from),
            Ranking = ReadRanking(ref from),
            AnswerCount = from.Count(Slate.MaxLimit),
        };
    }

    private static void Write(ConsentUse use, RecordBuffer to)
    {
        to.Byte((byte)((use.Profile.IsAllowed ? 1 : 0) | (use.Personalise.IsAllowed ? 2 : 0) | (use.IsGpcHonoured ? 4 : 0)));
        to.Byte((byte)use.Profile.Reason);
        to.Byte((byte)use.Personalise.Reason);
    }

    private static ConsentUse ReadConsent(ref RecordReader from)
    {
        var bits = from.Byte();
        var (profile, personalise) = ((ConsentReason)from.Byte(), (ConsentReason)from.Byte());
        return new ConsentUse(new ConsentVerdict((bits & 1) != 0, profile), new ConsentVerdict((bits & 2) != 0, personalise), (bits & 4) != 0);
    }

    private static void WriteTrail(DecisionTrail trail, CandidatePlan plan, IReadOnlyList<string> steps, RecordBuffer to)
    {
        to.Unsigned((ulong)trail.Visits.Length);
        foreach (var visit in trail.Visits)
        {
            to.Byte(visit.Part);
            to.Text(plan.Parts[visit.Part - 1].Code);
            to.Byte((byte)visit.State);
            to.Unsigned(visit.Added);
            to.Unsigned((ulong)visit.Micros);
        }

        to.Unsigned((ulong)trail.Faults.Length);
        foreach (var fault in trail.Faults)
        {
            to.Text(steps[fault.Step]);
            to.Byte((byte)fault.State);
        }

        to.Unsigned((ulong)trail.Notes.Length);
        foreach (var note in trail.Notes)
        {
            to.Text(steps[note.Step]);
            to.Text(note.Code);
            to.Text(note.Subject);
            to.Number(note.Item);
            to.Single(note.Value);
        }

        to.Unsigned((ulong)trail.States.Length);
        foreach (var state in trail.States)
        {
            to.Text(state.Step switch { DecisionTrail.Proposed => null, DecisionTrail.Baseline => BaselineStep, var step => steps[step] });
            to.Unsigned((ulong)state.Count);
            foreach (ref readonly var entry in trail.EntriesOf(state))
            {
                to.Entry(in entry);
            }
        }
    }

    private static void WriteRanking(DecisionContext context, RecordBuffer to)
    {
        if (context is not { Features.IsFilled: true, Ranker: { } ranker } || context.Trail.States is not [var proposed, ..])
        {
            to.Byte(0);
            return;
        }

        to.Byte(1);
        to.Number(ranker.Version);
        to.Single(context.Placement.Exploration);
        var rows = 0;
        foreach (ref readonly var entry in context.Trail.EntriesOf(proposed))
        {
            rows = Math.Max(rows, entry.Row);
        }

        to.Unsigned((ulong)rows);
        for (var row = 0; row < rows; row++)
        {
            to.Features(context.Features[row]);
        }
    }

    private static RecordedRanking? ReadRanking(ref RecordReader from)
    {
        if (from.Byte() == 0)
        {
            return null;
        }

        var (version, exploration) = (from.Number(), from.Single());
        var features = new byte[from.Count(Slate.MaxPool)][];
        for (var row = 0; row < features.Length; row++)
        {
            features[row] = new byte[FeatureTable.Width];
            for (var left = from.Count(FeatureTable.Width); left > 0; left--)
            {
                var place = from.Byte();
                features[row][place % FeatureTable.Width] = from.Byte();
            }
        }

        return new RecordedRanking(version, exploration, features);
    }

    private static int[] ReadItems(ref RecordReader from)
    {
        var items = new int[from.Count(DecisionContext.MaxSession)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = (int)from.Number();
        }

        return items;
    }

    private static RecordedVisit[] ReadVisits(ref RecordReader from)
    {
        var visits = new RecordedVisit[from.Count(256)];
        for (var i = 0; i < visits.Length; i++)
        {
            visits[i] = new RecordedVisit(from.Byte(), from.Text() ?? "", (VisitState)from.Byte(), (int)from.Unsigned(), (int)from.Unsigned());
        }

        return visits;
    }

    private static RecordedFault[] ReadFaults(ref RecordReader from)
    {
        var faults = new RecordedFault[from.Count(256)];
        for (var i = 0; i < faults.Length; i++)
        {
            faults[i] = new RecordedFault(from.Text() ?? "", (VisitState)from.Byte());
        }

        return faults;
    }

    private static RecordedNote[] ReadNotes(ref RecordReader from)
    {
        var notes = new RecordedNote[from.Count(256)];
        for (var i = 0; i < notes.Length; i++)
        {
            notes[i] = new RecordedNote(from.Text() ?? "", from.Text() ?? "", from.Text(), (int)from.Number(), from.Single());
        }

        return notes;
    }

    private static RecordedState[] ReadStates(ref RecordReader from)
    {
        var states = new RecordedState[from.Count(256)];
        for (var i = 0; i < states.Length; i++)
        {
            var step = from.Text();
            var entries = new SlateEntry[from.Count(Slate.MaxPool)];
            for (var e = 0; e < entries.Length; e++)
            {
                entries[e] = new SlateEntry
                {
                    Item = (int)from.Number(),
                    Score = from.Single(),
                    BecauseOf = (int)from.Number(),
                    Reason = (ReasonCode)from.Byte(),
                    Part = from.Byte(),
                    Row = (ushort)from.Unsigned(),
                };
            }

            states[i] = new RecordedState(step, entries);
        }

        return states;
    }
}
