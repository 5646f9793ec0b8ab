using System.Text.Json;

namespace Personalization.Tracking.Domain.Schemas.Compatibility;

/// <summary>
/// Whether a new version accepts all that the one before it accepts, so that whoever still sends the old form stays right. Keyword by
/// keyword of the new version: each must follow from what the old one demands at the same place.
/// <para>
/// A breach means that it could not be shown, not always that there is an instance to prove the contrary. What cannot be compared (a changed
/// <c>not</c>, <c>if</c>, <c>oneOf</c>, <c>contains</c>, <c>unevaluated…</c>, references other than <c>#/…</c>) is refused under the rule <c>not-comparable</c>,
/// unless it is the same in both and refers to nothing that has changed. No two patterns but equal ones are ever taken as implying one another.
/// </para>
/// <para>
/// A property that the old version did not describe, not even in one of its alternatives or conditions, but let pass, may get a schema:
/// nobody promised anything about it, and otherwise no open schema could ever learn a new property. The strict comparison counts that as a breach too.
/// </para>
/// </summary>
internal sealed partial class SchemaCompatibility
{
    /// <summary>Comparisons after which two schemas count as not comparable: alternatives multiply.</summary>
    private const int MaxComparisons = 20_000;

    private const int MaxBreaches = 50;

    private static readonly string[] Opaque =
    [
        "not", "if", "then", "else", "oneOf", "contains", "minContains", "maxContains", "unevaluatedItems", "unevaluatedProperties",
        "dependentSchemas", "propertyNames", "$dynamicRef",
    ];

    private readonly Version _old;
    private readonly Version _next;
    private readonly bool _isStrict;
    private readonly bool _haveSameDefinitions;
    private readonly List<CompatibilityBreach> _breaches = [];
    private readonly HashSet<(string, string)> _underWay = [];
    private int _comparisons;

    private SchemaCompatibility(JsonElement old, JsonElement next, bool isStrict)
    {
        _old = new Version(old, HasInnerId(old));
        _next = new Version(next, HasInnerId(next));
        _isStrict = isStrict;
        _haveSameDefinitions = !_old.HasInnerId && !_next.HasInnerId && RefersToDefinitionsOnly(next) &&
            AreEqual(Member(old, "$defs"), Member(next, "$defs")) && AreEqual(Member(old, "definitions"), Member(next, "definitions"));
    }

    /// <summary>The breaches, at most 50; none when the new version is compatible.</summary>
    /// <param name="old">The version before; a valid schema.</param>
    /// <param name="next">The new version; a valid schema.</param>
    /// <param name="isStrict">Whether a property that gets its first schema counts.</param>
    public static IReadOnlyList<CompatibilityBreach> Compare(JsonElement old, JsonElement next, bool isStrict)
    {
        var comparison = new SchemaCompatibility(old, next, isStrict);
        comparison.Compare([new Part(old, "")], new Part(next, ""));
        return comparison._breaches;
    }

    /// <summary>One of the versions, as a whole.</summary>
    /// <param name="Root">The schema.</param>
    /// <param name="HasInnerId">Whether an <c>$id</c> below the root makes pointers relative to something else.</param>
    private readonly record struct Version(JsonElement Root, bool HasInnerId);

    /// <summary>A schema of one of the versions, with its place.</summary>
    private readonly record struct Part(JsonElement Schema, string Pointer)
    {
        /// <summary>As it stands in the version, where keywords were taken out of <see cref="Schema"/>.</summary>
        public JsonElement Whole { get; init; } = Schema;
    }

    /// <summary>Adds a breach for all that the old parts together accept and the new one may not.</summary>
    private void Compare(IReadOnlyList<Part> oldParts, Part next)
    {
        if (++_comparisons > MaxComparisons)
        {
            Breach("not-comparable", next.Pointer, "The versions have too many alternatives to compare.");
            return;
        }

        // What is being compared already is taken as shown: any counterexample would be found there.
        var key = (string.Join('|', oldParts.Select(part => part.Pointer)), next.Pointer);
        if (!_underWay.Add(key))
        {
            return;
        }

        var old = Flatten(oldParts, _old);
        if (!old.Exists(part => IsNothing(part.Schema)) && !old.Exists(part => IsSame(part.Schema, next.Schema)))
        {
            foreach (var part in Flatten([next], _next))
            {
                CompareCase(old, part);
            }
        }

        _underWay.Remove(key);
    }

    /// <summary>One conjunct of the new version; when it does not follow as it is, each alternative of the old version is tried alone.</summary>
    private void CompareCase(List<Part> old, Part next)
    {
        var before = _breaches.Count;
        CompareKeywords(old, next);
        if (_breaches.Count == before)
        {
            return;
        }

        foreach (var part in old)
        {
            foreach (var keyword in (ReadOnlySpan<string>)["anyOf", "oneOf"])
            {
                if (Member(part.Schema, keyword) is { ValueKind: JsonValueKind.Array } alternatives)
                {
                    var told = _breaches[before..];
                    _breaches.RemoveRange(before, _breaches.Count - before);

                    // What was taken apart stays so: each step has fewer alternatives left, and meets none of those it stands in.
                    var rest = old.Select(each => each.Pointer == part.Pointer
                        ? each with { Schema = TakeOut(each.Schema, keyword), Pointer = $"{each.Pointer} without {keyword}" }
                        : each with { Schema = TakeOut(each.Schema) }).ToList();
                    for (var i = 0; i < alternatives.GetArrayLength(); i++)
                    {
                        Compare([.. rest, new Part(alternatives[i], $"{part.Pointer}/{keyword}/{i}")], next);
                    }

                    if (_breaches.Count > before)
                    {
                        _breaches.RemoveRange(before, _breaches.Count - before);
                        _breaches.AddRange(told);
                    }

                    return;
                }
            }
        }
    }

    private void CompareKeywords(List<Part> old, Part next)
    {
        switch (next.Schema.ValueKind)
        {
            case JsonValueKind.True:
                return;
            case JsonValueKind.False:
                Breach("nothing-accepted", next.Pointer, "Nothing is accepted here any more.");
                return;
        }

        if (IsUnresolved(next.Schema))
        {
            Breach("not-comparable", next.Pointer, "Only references of the form '#/…' can be compared.");
            return;
        }

        var kinds = KindsOf(old);
        CompareValues(old, next, kinds);
        CompareNumbers(old, next, kinds);
        CompareTexts(old, next, kinds);
        CompareArrays(old, next, kinds);
        CompareObjects(old, next, kinds);
        CompareAnyOf(old, next);
        CompareOpaque(old, next);
    }

    /// <summary><c>anyOf</c>: everything old must fit into one of the alternatives as a whole.</summary>
    private void CompareAnyOf(List<Part> old, Part next)
    {
        if (Member(next.Schema, "anyOf") is not { } alternatives)
        {
            return;
        }

        for (var i = 0; i < alternatives.GetArrayLength(); i++)
        {
            var before = _breaches.Count;
            Compare(old, new Part(alternatives[i], $"{next.Pointer}/anyOf/{i}"));
            if (_breaches.Count == before)
            {
                return;
            }

            _breaches.RemoveRange(before, _breaches.Count - before);
        }

        Breach("alternatives-narrowed", next.Pointer + "/anyOf", "What was accepted fits into none of the alternatives as a whole.");
    }

    private void CompareOpaque(List<Part> old, Part next)
    {
        foreach (var keyword in Opaque)
        {
            // Without its condition, then and else say nothing.
            if (Member(next.Schema, keyword) is not { } value || (keyword is "then" or "else" && Member(next.Schema, "if") is null))
            {
                continue;
            }

            var same = old.Exists(part =>
                Member(part.Schema, keyword) is { } before && IsSameKeyword(keyword, before, value) && Surroundings(part.Schema, next.Schema, keyword));
            if (!same)
            {
                Breach("not-comparable", $"{next.Pointer}/{keyword}", $"'{keyword}' is new or has changed, which cannot be compared.");
            }
        }
    }

    /// <summary>Whether the neighbours that a keyword works with are the same too.</summary>
    private bool Surroundings(JsonElement old, JsonElement next, string keyword)
    {
        string[] neighbours = keyword switch
        {
            "then" or "else" => ["if"],
            "contains" => ["minContains", "maxContains"],
            "unevaluatedItems" or "unevaluatedProperties" => [.. Names(old).Union(Names(next), StringComparer.Ordinal).Where(IsAssertion)],
            _ => [],
        };
        return Array.TrueForAll(neighbours, name => (Member(old, name), Member(next, name)) switch
        {
            (null, null) => true,
            ({ } one, { } other) => IsSameKeyword(name, one, other),
            _ => false,
        });
    }

    private void Breach(string rule, string pointer, string message)
    {
        if (_breaches.Count < MaxBreaches)
        {
            _breaches.Add(new CompatibilityBreach(rule, pointer, message));
        }
    }
}
