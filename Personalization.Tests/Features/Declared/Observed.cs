using Personalization.Features.Domain;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Declared.Aggregates;

namespace Personalization.Tests.Features.Declared;

/// <summary>An observation that can be kept in a list.</summary>
internal sealed record Observed(long TimeMs, double Amount = 1, int Value = 0, long Offset = 0, long Session = 1)
{
    public Observation ToObservation(byte[] room)
    {
        Millionths.TryOf(Amount, out var millionths);
        var length = EncodedValue.OfScalar(Scalar.Of(Value), default, room);
        return new Observation
        {
            TimeMs = TimeMs,
            Offset = Offset,
            Session = Session,
            Millionths = millionths,
            Value = room.AsSpan(0, length),
        };
    }
}

/// <summary>An aggregate with one state.</summary>
internal sealed class AggregateWorld(Aggregate aggregate)
{
    /// <summary>2026-01-01T00:00:00Z.</summary>
    public const long Start = 1_767_225_600_000;
    public const long Minute = 60_000;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    public byte[] State { get; private set; } = [];

    public AggregateWorld See(params ReadOnlySpan<Observed> observed)
    {
        foreach (var each in observed)
        {
            State = Add(aggregate, State, each);
        }

        return this;
    }

    public AggregateWorld Take(AggregateWorld other)
    {
        State = Merge(aggregate, State, other.State);
        return this;
    }

    /// <summary>The value as of a time: a number, the number that was given as value, or null.</summary>
    public double? Read(long nowMs, long session = 0) => Read(aggregate, State, new ReadTime(nowMs, session), out _);

    public long NextChange(long nowMs, long session = 0, long sessionEndsAtMs = long.MaxValue)
    {
        Read(aggregate, State, new ReadTime(nowMs, session, sessionEndsAtMs), out var next);
        return next;
    }

    public (double Value, double? Weight)[] List(long nowMs)
    {
        var listed = new List<ListedValue>();
        aggregate.List(State, new ReadTime(nowMs), listed);
        return [.. listed.Select(each => (NumberOf(each.Value), each.Weight))];
    }

    public static byte[] Add(Aggregate aggregate, byte[] state, Observed observed)
    {
        var room = new byte[aggregate.MaxBytes];
        return room[..aggregate.Add(state, observed.ToObservation(new byte[EncodedValue.MaxBytes]), room)];
    }

    public static byte[] Merge(Aggregate aggregate, byte[] a, byte[] b)
    {
        if (a.Length == 0 || b.Length == 0)
        {
            return a.Length == 0 ? b : a;
        }

        var room = new byte[aggregate.MaxBytes];
        return room[..aggregate.Merge(a, b, room)];
    }

    public static double? Read(Aggregate aggregate, byte[] state, ReadTime at, out long nextChangeMs)
    {
        var value = new byte[EncodedValue.MaxBytes];
        var number = aggregate.Read(state, in at, value, out var length, out nextChangeMs);
        return length > 0 ? NumberOf(value[..length]) : number.Kind == ScalarKind.Number ? number.AsNumber : null;
    }

    private static double NumberOf(byte[] encoded) => EncodedValue.ToScalar(encoded, null!, new byte[Scalar.MaxTextBytes]).AsNumber;
}
