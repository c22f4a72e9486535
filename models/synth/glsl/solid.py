"""Everything that is not water or sky: painted, rusty, dirty, sunlit, wet near the water line."""

from models.synth.glsl.air import AIR, SHADE, VERSION

SOLID_VERTEX = (
    VERSION
    + """
in vec3 in_position;
in vec3 in_normal;
in vec4 in_colour;
in vec4 in_surface;
uniform mat4 model;
uniform mat3 model_normal;
uniform mat4 view_projection;
uniform float mirrored;
invariant gl_Position;
out vec3 object;
out vec3 world;
out vec3 facing;
out vec3 paint;
out vec4 surface;
void main() {
    object = in_position;
    vec4 at = model * vec4(in_position, 1.0);
    world = at.xyz;
    facing = model_normal * in_normal;
    paint = pow(in_colour.rgb, vec3(2.2));
    surface = in_surface;
    gl_ClipDistance[0] = mirrored > 0.5 ? at.z + 0.02 : 1.0;
    gl_Position = view_projection * at;
}
"""
)

_BODY = """
in vec3 object;
in vec3 world;
in vec3 facing;
in vec3 paint;
in vec4 surface;
uniform sampler2D grain;
uniform float deck_m;
out vec4 colour;

// What is far away gets paint and light, nothing more.
#ifdef DISTANT
void main() {
    bool leaf = surface.w > 0.15 && surface.w < 0.35;
    vec3 to_eye = eye - world;
    float distance_m = length(to_eye);
    vec3 v = to_eye / distance_m;
    vec3 n = normalize(facing + 1e-5 * v);  // a sliver has no normal of its own
    if (dot(n, v) < 0.0) n = -n;
    vec4 speckle = texture(grain, object.xy * 0.09 + object.z * vec2(0.061, 0.083));
    n = normalize(n + (leaf ? 1.5 : 0.2) * (speckle.rgb - 0.5));
    float facing_sun = dot(n, sun_ray);
    float direct = max(facing_sun, 0.0) * 0.65 + 0.35 * max(0.4 - facing_sun * 0.6, 0.0);
    vec3 sky_light = mix(horizon_away, zenith, 0.45) * 0.75 + horizon_sunward * 0.12;
    vec3 ambient = sky_light * (0.42 + 0.4 * n.z * 0.5 + 0.2) * clamp(0.45 + world.z * 0.11, 0.5, 1.0);
    vec3 light = paint * (leaf ? 0.45 + 1.1 * speckle.a : 0.85 + 0.3 * speckle.a) * (sun_light * direct * 0.30 + ambient * 0.75);
    light += paint * lamps_on(world, n, leaf ? 0.6 : 0.05);
    if (surface.w > 0.9) light = paint * 6.0;
    colour = vec4(picture(through_air(light, -v, distance_m)), 1.0);
}
#else
void main() {
    vec3 to_eye = eye - world;
    float distance_m = length(to_eye);
    vec3 v = to_eye / distance_m;
    vec3 n = normalize(facing + 1e-5 * v);  // a sliver has no normal of its own
    if (dot(n, v) < 0.0) n = -n;

    bool leaf = surface.w > 0.15 && surface.w < 0.35;
    bool sand = surface.w > 0.4 && surface.w < 0.6;
    // A slanted cut through the object: no face of a machine is parallel to it.
    vec2 cut = object.xy * 0.9 + object.z * vec2(0.43, 0.31);
    vec4 coarse = texture(grain, cut * 0.085);
    vec4 fine = texture(grain, cut * (sand ? 1.5 : 0.5));
    float gloss = surface.x;
    vec3 albedo = paint * (0.80 + 0.40 * fine.g);
    if (sand) {
        albedo = paint * (0.62 + 0.5 * fine.r + 0.35 * (coarse.g - 0.5));
        n = normalize(n + 0.55 * (fine.rgb - 0.5));
    } else if (!leaf && surface.w < 0.9) {
        float patches = coarse.r * 0.6 + fine.r * 0.5;
        float rust = smoothstep(1.02 - 0.75 * surface.y, 1.10 - 0.62 * surface.y, patches + 0.12);
        vec3 rust_colour = mix(vec3(0.10, 0.035, 0.014), vec3(0.26, 0.105, 0.04), fine.b);
        albedo = mix(albedo, rust_colour, rust * 0.85);
        float dirt = surface.z * smoothstep(0.35, 0.85, coarse.b * 0.55 + fine.a * 0.5);
        albedo = mix(albedo, vec3(0.16, 0.125, 0.085), dirt * 0.6);
        gloss *= 1.0 - 0.75 * max(rust, dirt);
    }
    float wet = 1.0 - smoothstep(0.12, 0.5, world.z - 0.25 * (fine.r - 0.5));
    if (!leaf) { albedo *= 1.0 - 0.55 * wet; gloss = mix(gloss, 0.7, wet); }

    float shadow = in_sun(world + n * 0.05, 0.0012);
    float facing_sun = dot(n, sun_ray);
    float direct = leaf ? max(facing_sun, 0.0) * 0.65 + 0.35 * max(-facing_sun * 0.6 + 0.4, 0.0) : max(facing_sun, 0.0);
    vec3 sky_light = mix(horizon_away, zenith, 0.45) * 0.75 + horizon_sunward * 0.12;
    vec3 from_below = (sky_light * 0.55 + sun_light * max(sun_ray.z, 0.0) * 0.5) * vec3(0.34, 0.25, 0.17);
    vec3 side = mix(horizon_away, horizon_sunward, sunward(vec3(n.xy, 0.0) + 1e-4));
    float up = 0.5 + 0.5 * n.z;
    vec3 ambient = mix(from_below, mix(side * 0.62, sky_light, up), up);
    float low = clamp((world.z - deck_m) / 1.4, 0.0, 1.0);
    ambient *= mix(0.72, 1.0, max(low, n.z > 0.8 ? 1.0 : 0.0));
    if (leaf) ambient *= 0.75;
    vec3 light = albedo * (sun_light * direct * shadow * 0.43 + ambient * 0.74);

    light += albedo * lamps_on(world, n, leaf ? 0.6 : 0.0);

    vec3 h = normalize(v + sun_ray);
    float sharp = exp2(2.0 + 8.0 * gloss);
    float shine = pow(max(dot(n, h), 0.0), sharp) * (sharp + 8.0) / 25.0 * max(facing_sun, 0.0);
    float grazing = 1.0 - max(dot(n, v), 0.0);
    float fresnel = 0.04 + 0.96 * grazing * grazing * grazing * grazing * grazing;
    light += sun_light * shadow * shine * fresnel * gloss * 1.6;
    vec3 bounced = reflect(-v, n);
    vec3 seen = bounced.z > 0.0 ? mix(side, zenith, min(1.0, bounced.z * 2.5)) : vec3(0.16, 0.12, 0.085) * sky_light * 2.0;
    light += seen * fresnel * gloss * (leaf ? 0.3 : 0.8);
    if (surface.w > 0.9) light = paint * 6.0;
    colour = vec4(picture(through_air(light, -v, distance_m)), 1.0);
}
#endif
"""
DISTANT_FRAGMENT = VERSION + "#define DISTANT\n" + AIR + SHADE + _BODY
SOLID_FRAGMENT = VERSION + AIR + SHADE + _BODY

DEPTH_VERTEX = (
    VERSION
    + """
in vec3 in_position;
uniform mat4 model;
uniform mat4 view_projection;
invariant gl_Position;
void main() {
    vec4 at = model * vec4(in_position, 1.0);
    gl_Position = view_projection * at;
}
"""
)

DEPTH_FRAGMENT = (
    VERSION
    + """
void main() {}
"""
)

ID_FRAGMENT = (
    VERSION
    + """
uniform int number;
out int colour;
void main() { colour = number; }
"""
)

SIEVE_VERTEX = (
    VERSION
    + """
in vec3 in_position;
uniform mat4 model;
uniform mat4 view_projection;
void main() {
    vec4 at = model * vec4(in_position, 1.0);
    gl_ClipDistance[0] = at.z + 0.1;
    gl_Position = view_projection * at;
}
"""
)

SIEVE_FRAGMENT = (
    VERSION
    + """
uniform int first;
out int colour;
void main() { colour = first + gl_PrimitiveID; }
"""
)
