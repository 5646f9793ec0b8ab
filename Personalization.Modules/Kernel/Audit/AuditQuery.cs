namespace Personalization.Kernel.Audit;

/// <summary>Which entries are wanted. Null stands for any.</summary>
/// <param name="Action">Exactly this one, or with a star at the end all that begin so: <c>privacy.*</c>.</param>
/// <param name="Actor">Exactly.</param>
/// <param name="Subject">Exactly, or with a star at the end.</param>
/// <param name="FromMs">At or after, Unix ms.</param>
/// <param name="ToMs">Before, Unix ms.</param>
internal sealed record AuditQuery(string? Action = null, string? Actor = null, string? Subject = null, long? FromMs = null, long? ToMs = null)
{
    public static readonly AuditQuery Everything = new();
}
