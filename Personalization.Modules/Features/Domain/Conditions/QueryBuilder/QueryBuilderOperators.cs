namespace Personalization.Features.Domain.Conditions.QueryBuilder;

/// <summary>
/// The operators that react-querybuilder has by default (its <c>DefaultOperatorName</c>), and ours that it has no word for, which are its custom
/// operators under our names.
/// </summary>
internal static class QueryBuilderOperators
{
    private static readonly (string Theirs, string Ours)[] Same =
    [
        ("=", "eq"), ("!=", "ne"), ("<", "lt"), ("<=", "lte"), (">", "gt"), (">=", "gte"), ("between", "between"), ("in", "in"), ("notIn", "nin"),
        ("contains", "contains"), ("beginsWith", "startsWith"), ("endsWith", "endsWith"), ("notNull", "exists"), ("null", "notExists"),
        ("withinLast", "withinLast"), ("moreThanAgo", "moreThanAgo"), ("withinNext", "withinNext"),
    ];

    /// <summary>What they say in one word and we with <c>none</c>.</summary>
    private static readonly (string Theirs, string Ours)[] Negated =
        [("doesNotContain", "contains"), ("doesNotBeginWith", "startsWith"), ("doesNotEndWith", "endsWith"), ("notBetween", "between")];

    public static IEnumerable<string> All => Same.Concat(Negated).Select(each => each.Theirs);

    /// <summary>Our word, and whether it is to be negated; null for an operator that nobody knows.</summary>
    public static (string Word, bool IsNegated)? OursOf(string theirs) =>
        Array.Find(Same, each => each.Theirs == theirs) is { Ours: { } ours } ? (ours, false)
        : Array.Find(Negated, each => each.Theirs == theirs) is { Ours: { } negated } ? (negated, true)
        : null;

    public static string TheirsOf(string ours) => Array.Find(Same, each => each.Ours == ours).Theirs;
}
