using Personalization.Consent.Contracts;
using Personalization.Tracking.Contracts;

namespace Personalization.Consent.Domain;

/// <summary>
/// One profile's present consent: about 90 bytes, 64 more where something expires. Replaced whole when what it allows changes, so that a reader
/// can never see half a change. What only orders statements is written in place, by the loop that owns the profile, which alone reads it.
/// </summary>
internal sealed record ConsentState
{
    /// <summary>What the option not to be profiled forbids, whatever is granted.</summary>
    private const Purposes Profiling = Purposes.Profile | Purposes.Personalise | Purposes.Train;

    public byte Stated { get; init; }

    public byte Granted { get; init; }

    /// <summary>Purposes whose present state comes from a TCF string, or from a GPP string.</summary>
    public byte FromTcString { get; init; }

    public byte FromGppString { get; init; }

    public bool HasGpc { get; init; }

    public bool IsNonProfiling { get; init; }

    /// <summary>End of each granted purpose, Unix ms, <see cref="long.MaxValue"/> for none; null when nothing ends. Never written to.</summary>
    public long[]? ExpiresAtMs { get; init; }

    /// <summary>Null where the default counts.</summary>
    public Jurisdiction? Jurisdiction { get; init; }

    /// <summary>Event time of the newest statement. In place.</summary>
    public long TimestampMs { get; set; }

    /// <summary>Event time at which GPC was last on, or was lifted. In place.</summary>
    public long GpcAtMs { get; set; }

    /// <summary>Event time of the last word about not being profiled. In place.</summary>
    public long ChoiceAtMs { get; set; }

    /// <summary>Of the last explicit statement, to recognise a repetition. In place.</summary>
    public ulong StatementHash { get; set; }

    /// <summary>Of the last TCF and GPP strings: they are decoded when they change. In place.</summary>
    public ulong StringsHash { get; set; }

    /// <summary>What readers see of a profile that is being made anew: no to everything, except that it is recorded or not as before.</summary>
    public static ConsentState Held(ConsentState? before)
    {
        const byte Collect = (byte)Purposes.Collect;
        before ??= new ConsentState();
        return new ConsentState
        {
            Stated = (byte)((byte)(Purposes.All & ~Purposes.Collect) | (before.Stated & Collect)),
            Granted = (byte)(before.Granted & Collect),
            Jurisdiction = before.Jurisdiction,
            TimestampMs = before.TimestampMs,
            HasGpc = before.HasGpc,
            IsNonProfiling = before.IsNonProfiling,
        };
    }

    public ConsentVerdict May(Purposes purpose, long atMs, Jurisdiction otherwise)
    {
        var bit = (byte)purpose;
        if (IsNonProfiling && (purpose & Profiling) != Purposes.None)
        {
            return new ConsentVerdict(false, ConsentReason.NonProfiling);
        }

        if (HasGpc && purpose == Purposes.Activate)
        {
            return new ConsentVerdict(false, ConsentReason.Gpc);
        }

        if ((Stated & bit) == 0)
        {
            return (Jurisdiction ?? otherwise).May(purpose);
        }

        var isGranted = (Granted & bit) != 0;
        if (isGranted && ExpiresAtMs is { } ends && ends[PurposeBits.IndexOf(purpose)] <= atMs)
        {
            return new ConsentVerdict(false, ConsentReason.Expired);
        }

        return new ConsentVerdict(
            isGranted,
            (FromTcString & bit) != 0 ? ConsentReason.TcString
            : (FromGppString & bit) != 0 ? ConsentReason.GppString
            : isGranted ? ConsentReason.Granted : ConsentReason.Denied);
    }

    /// <summary>
    /// Takes a statement in. One that is older than what is known may still deny, and speak of purposes that nobody has
    /// spoken of; it never undoes a withdrawal. An imported one tells what was said then: what has been said since stands, whichever
    /// way.
    /// </summary>
    /// <returns>This state when nothing changed that a reader can see, else a new one.</returns>
    public ConsentState Take(in Statement said)
    {
        var isNewest = said.TimestampMs >= TimestampMs;
        var unheard = (byte)(said.Signal.Stated & ~Stated);
        var taken = isNewest ? said.Signal.Stated
            : said.IsHistorical ? unheard
            : (byte)(unheard | (said.Signal.Stated & ~said.Signal.Granted));
        var granted = (byte)(said.Signal.Granted & (isNewest ? taken : unheard));
        if (isNewest && said.Signal.Stated != 0)
        {
            TimestampMs = said.TimestampMs;
        }

        var taking = TakeGpc(said);
        taking = taking.TakeChoice(said);
        taking = taking.TakePlace(said);
        return taking.TakePurposes(taken, granted, said);
    }

    /// <summary>The person's newest statement counts; what only the other profile stated is kept.</summary>
    public ConsentState Merge(ConsentState other)
    {
        var (older, newer) = other.TimestampMs > TimestampMs ? (this, other) : (other, this);
        var gpc = other.GpcAtMs > GpcAtMs ? other : this;
        var choice = other.ChoiceAtMs > ChoiceAtMs ? other : this;
        var keep = (byte)~newer.Stated;
        return newer with
        {
            Stated = (byte)(newer.Stated | older.Stated),
            Granted = (byte)(newer.Granted | (older.Granted & keep)),
            FromTcString = (byte)(newer.FromTcString | (older.FromTcString & keep)),
            FromGppString = (byte)(newer.FromGppString | (older.FromGppString & keep)),
            ExpiresAtMs = MergeEnds(older, newer),
            Jurisdiction = newer.Jurisdiction ?? older.Jurisdiction,
            HasGpc = gpc.HasGpc,
            GpcAtMs = gpc.GpcAtMs,
            IsNonProfiling = choice.IsNonProfiling,
            ChoiceAtMs = choice.ChoiceAtMs,
            StringsHash = newer.StringsHash != 0 ? newer.StringsHash : older.StringsHash,
        };
    }

    /// <summary>Purposes that are granted and have not ended, with the two bits that stand above them: what a change is judged by.</summary>
    public int Effect(long atMs)
    {
        var granted = Granted;
        for (var index = 0; ExpiresAtMs is { } ends && index < PurposeBits.Count; index++)
        {
            granted = ends[index] <= atMs ? (byte)(granted & ~(1 << index)) : granted;
        }

        return granted | (Stated << 8) | (HasGpc ? 1 << 16 : 0) | (IsNonProfiling ? 1 << 17 : 0);
    }

    /// <summary>The signal stays with the account until the shopper grants activation in so many words, without the signal beside it.</summary>
    private ConsentState TakeGpc(in Statement said)
    {
        if (said.HasGpc ? said.TimestampMs < GpcAtMs : !LiftsGpc(said))
        {
            return this;
        }

        GpcAtMs = said.TimestampMs;
        return HasGpc == said.HasGpc ? this : this with { HasGpc = said.HasGpc };
    }

    private bool LiftsGpc(in Statement said) =>
        HasGpc && said.IsExplicit && (said.Signal.Granted & (byte)Purposes.Activate) != 0 && said.TimestampMs > GpcAtMs;

    private ConsentState TakeChoice(in Statement said)
    {
        if (said.NonProfiling == ConsentDetails.Choice.Unsaid || said.TimestampMs < ChoiceAtMs)
        {
            return this;
        }

        var isChosen = said.NonProfiling == ConsentDetails.Choice.Chosen;
        ChoiceAtMs = said.TimestampMs;
        return IsNonProfiling == isChosen ? this : this with { IsNonProfiling = isChosen };
    }

    private ConsentState TakePlace(in Statement said) =>
        said.Jurisdiction is null || said.Jurisdiction == Jurisdiction || (said.IsHistorical && Jurisdiction is not null)
            ? this
            : this with { Jurisdiction = said.Jurisdiction };

    private ConsentState TakePurposes(byte taken, byte granted, in Statement said)
    {
        var stated = (byte)(Stated | taken);
        var all = (byte)((Granted & ~taken) | granted);
        var tc = (byte)((FromTcString & ~taken) | (said.Form == StatementForm.TcString ? taken : 0));
        var gpp = (byte)((FromGppString & ~taken) | (said.Form == StatementForm.GppString ? taken : 0));
        var ends = Ends(taken, granted, said.ExpiresAtMs);
        return stated == Stated && all == Granted && tc == FromTcString && gpp == FromGppString && ReferenceEquals(ends, ExpiresAtMs)
            ? this
            : this with { Stated = stated, Granted = all, FromTcString = tc, FromGppString = gpp, ExpiresAtMs = ends };
    }

    private long[]? Ends(byte taken, byte granted, long expiresAtMs)
    {
        var isSame = true;
        for (var index = 0; index < PurposeBits.Count; index++)
        {
            isSame &= (taken & (1 << index)) == 0 || EndOf(index) == NewEnd(index, granted, expiresAtMs);
        }

        if (isSame)
        {
            return ExpiresAtMs;
        }

        var ends = new long[PurposeBits.Count];
        for (var index = 0; index < ends.Length; index++)
        {
            ends[index] = (taken & (1 << index)) == 0 ? EndOf(index) : NewEnd(index, granted, expiresAtMs);
        }

        return OrNone(ends);
    }

    private static long NewEnd(int index, byte granted, long expiresAtMs) =>
        expiresAtMs > 0 && (granted & (1 << index)) != 0 ? expiresAtMs : long.MaxValue;

    private long EndOf(int index) => ExpiresAtMs is { } ends ? ends[index] : long.MaxValue;

    private static long[]? MergeEnds(ConsentState older, ConsentState newer)
    {
        if (older.ExpiresAtMs is null && newer.ExpiresAtMs is null)
        {
            return null;
        }

        var ends = new long[PurposeBits.Count];
        for (var index = 0; index < ends.Length; index++)
        {
            ends[index] = ((newer.Stated >> index) & 1) != 0 ? newer.EndOf(index) : older.EndOf(index);
        }

        return OrNone(ends);
    }

    private static long[]? OrNone(long[] ends) => Array.TrueForAll(ends, end => end == long.MaxValue) ? null : ends;
}
