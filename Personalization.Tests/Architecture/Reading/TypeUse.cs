using Mono.Cecil;

namespace Personalization.Tests.Architecture.Reading;

/// <summary>One type that a member mentions anywhere: signature, body, attribute or generic argument.</summary>
/// <param name="Where">The member as a person would name it in the source.</param>
/// <param name="Used">The type that is mentioned, without arrays, references and generic arguments.</param>
internal readonly record struct TypeUse(string Where, TypeReference Used);
