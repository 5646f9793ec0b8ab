using System.Text.RegularExpressions;
using Mono.Cecil;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>
/// Names members as the source does: code that the compiler moved into a lambda or a state machine is found under the method
/// that it was written in, for example <c>Personalization.Tracking.Pipeline.Sequencer.RunAsync</c>.
/// </summary>
internal static partial class SourceName
{
    public static string Of(MemberReference member)
    {
        var name = member is TypeReference ? null : member.Name;
        var type = member as TypeReference ?? member.DeclaringType;
        while (type.Name.StartsWith('<'))
        {
            name = Written(type.Name) ?? Written(name) ?? name;
            type = type.DeclaringType ?? throw new InvalidOperationException($"{member.FullName} was not written by a person");
        }

        name = Written(name) ?? name;
        return name is null ? type.FullName : $"{type.FullName}.{name}";
    }

    private static string? Written(string? compiled) =>
        compiled is not null && WrittenIn().Match(compiled) is { Success: true } match ? match.Groups["name"].Value : null;

    [GeneratedRegex(@"^<+(?<name>\w+)>", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex WrittenIn();
}
