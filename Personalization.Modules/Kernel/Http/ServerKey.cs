using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Personalization.Kernel.Http;

/// <summary>What the roles of a server key are called.</summary>
public static class ServerRoles
{
    /// <summary>Everything. What a key without roles has.</summary>
    public const string Admin = "admin";

    /// <summary>Whatever can be read with a key.</summary>
    public const string Reader = "reader";

    /// <summary>The audit log.</summary>
    public const string Auditor = "auditor";

    /// <summary>Kill switches.</summary>
    public const string Operator = "operator";

    /// <summary>Proposing, approving and rejecting changes, and the registry of policies.</summary>
    public const string Governor = "governor";

    /// <summary>Rank and Reward of <c>/personalizer/v1.0</c>, and nothing else.</summary>
    public const string Ranker = "ranker";

    internal static readonly FrozenSet<string> All = new[] { Admin, Reader, Auditor, Operator, Governor, Ranker }.ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>Whose request it is. Two keys never share a name, since a second person is told from the first by it.</summary>
/// <param name="Name">As configured; <c>key-1</c>, <c>key-2</c>, … by its place for a key that is only a text.</param>
/// <param name="Roles">See <see cref="ServerRoles"/>.</param>
public sealed record ServerKey(string Name, IReadOnlySet<string> Roles)
{
    public bool IsAdmin => Roles.Contains(ServerRoles.Admin);

    internal bool May(string method, IReadOnlyCollection<string> allowed) =>
        IsAdmin
        || (Roles.Contains(ServerRoles.Reader) && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method)))
        || allowed.Any(Roles.Contains);
}
