using System.Collections.Immutable;
using System.Text;
using Personalization.Kernel.Time;

namespace Personalization.Features.Domain.Conditions.Compiled;

/// <summary>An operator with the values of a definition, ready to be asked of a value. Immutable.</summary>
internal sealed class ValueTest
{
    private readonly ComparisonOperator _operator;
    private readonly ScalarKind _kind;
    private readonly double _number;
    private readonly double _high;
    private readonly byte[] _text = [];
    private readonly byte[] _highText = [];
    private readonly bool _hasTrue;
    private readonly bool _hasFalse;
    private readonly double[] _numbers = [];
    private readonly byte[][] _texts = [];

    public ValueTest(ComparisonOperator comparison, ImmutableArray<Literal> values)
    {
        _operator = comparison;
        if (comparison is ComparisonOperator.In or ComparisonOperator.NotIn)
        {
            _hasTrue = values.Any(value => value.Kind == ScalarKind.True);
            _hasFalse = values.Any(value => value.Kind == ScalarKind.False);
            _numbers = [.. values.Where(value => value.Kind == ScalarKind.Number).Select(value => value.Number + 0.0).Order()];
            _texts = [.. values.Where(value => value.Kind == ScalarKind.Text).Select(value => Encoding.UTF8.GetBytes(value.Text!)).Order(Utf8Comparer.Instance)];
        }
        else if (values is [var first, ..])
        {
            _kind = first.Kind;
            _number = first.Number;
            _high = values[^1].Number;
            _text = Encoding.UTF8.GetBytes(first.Text ?? "");
            _highText = Encoding.UTF8.GetBytes(values[^1].Text ?? "");
        }
    }

    /// <summary>Whether the answer changes as time passes.</summary>
    public bool IsTimed => _operator is ComparisonOperator.WithinLast or ComparisonOperator.MoreThanAgo or ComparisonOperator.WithinNext;

    /// <summary>Whether a value satisfies it, at the snapshot's time, which is told when that changes.</summary>
    public bool Holds(ProfileSnapshot profile, ScalarKind kind, double number, ReadOnlySpan<byte> text)
    {
        if (!IsTimed)
        {
            return Holds(kind, number, text);
        }

        if (!(kind == ScalarKind.Text ? UnixTime.TryParse(text, out var timeMs) : kind == ScalarKind.Number & UnixTime.TryRead(number, out timeMs)))
        {
            return false;
        }

        // Each holds from one time on until another: see ComparisonOperator.
        var lengthMs = (long)_number;
        var (fromMs, untilMs) = _operator switch
        {
            ComparisonOperator.WithinLast => (timeMs, timeMs + lengthMs),
            ComparisonOperator.MoreThanAgo => (timeMs + lengthMs, long.MaxValue),
            _ => (timeMs - lengthMs, timeMs),
        };
        profile.ChangesAt(profile.NowMs < fromMs ? fromMs : untilMs);
        return profile.NowMs >= fromMs && profile.NowMs < untilMs;
    }

    /// <summary>The same of an operator that does not look at the time.</summary>
    public bool Holds(ScalarKind kind, double number, ReadOnlySpan<byte> text) => _operator switch
    {
        ComparisonOperator.Equal => IsEqual(kind, number, text),
        ComparisonOperator.NotEqual => !IsEqual(kind, number, text),
        ComparisonOperator.Exists => kind != ScalarKind.None,
        ComparisonOperator.NotExists => kind == ScalarKind.None,
        ComparisonOperator.In => IsAmong(kind, number, text),
        ComparisonOperator.NotIn => !IsAmong(kind, number, text),
        _ => kind == _kind && (kind == ScalarKind.Number ? HoldsOfNumber(number) : kind == ScalarKind.Text && HoldsOfText(text)),
    };

    private bool HoldsOfNumber(double number) => _operator switch
    {
        ComparisonOperator.Less => number < _number,
        ComparisonOperator.AtMost => number <= _number,
        ComparisonOperator.Greater => number > _number,
        ComparisonOperator.AtLeast => number >= _number,
        ComparisonOperator.Between => number >= _number && number <= _high,
        _ => false,
    };

    private bool HoldsOfText(ReadOnlySpan<byte> text) => _operator switch
    {
        ComparisonOperator.Less => text.SequenceCompareTo(_text) < 0,
        ComparisonOperator.AtMost => text.SequenceCompareTo(_text) <= 0,
        ComparisonOperator.Greater => text.SequenceCompareTo(_text) > 0,
        ComparisonOperator.AtLeast => text.SequenceCompareTo(_text) >= 0,
        ComparisonOperator.Between => text.SequenceCompareTo(_text) >= 0 && text.SequenceCompareTo(_highText) <= 0,
        ComparisonOperator.Contains => text.IndexOf(_text) >= 0,
        ComparisonOperator.StartsWith => text.StartsWith(_text),
        ComparisonOperator.EndsWith => text.EndsWith(_text),
        _ => false,
    };

    private bool IsEqual(ScalarKind kind, double number, ReadOnlySpan<byte> text) =>
        kind == _kind && kind switch
        {
            ScalarKind.Number => number == _number,
            ScalarKind.Text => text.SequenceEqual(_text),
            _ => kind != ScalarKind.None,
        };

    private bool IsAmong(ScalarKind kind, double number, ReadOnlySpan<byte> text) => kind switch
    {
        ScalarKind.Number => Array.BinarySearch(_numbers, number + 0.0) >= 0,
        ScalarKind.Text => Contains(text),
        ScalarKind.True => _hasTrue,
        ScalarKind.False => _hasFalse,
        _ => false,
    };

    private bool Contains(ReadOnlySpan<byte> text)
    {
        var (low, high) = (0, _texts.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = text.SequenceCompareTo(_texts[middle]);
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return false;
    }

    private sealed class Utf8Comparer : IComparer<byte[]>
    {
        public static readonly Utf8Comparer Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
